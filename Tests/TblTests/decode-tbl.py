"""decode-tbl.py FOLDER SEED ROUNDS: reads the documents of FOLDER/corpus with the reader in Python.

Writes what it reads, or that it refuses, to FOLDER/python.exact, after full validation, and to
FOLDER/python.wide without: see Transcript.swift. Valid documents are written again, from what was read and from
fresh values of Python, and compared with what the corpus has beside them. Then, in as many rounds, documents are
damaged at random, which SEED repeats. Prints what goes wrong otherwise, and exits with 1 if anything does.
"""

import ctypes
import json
import math
import mmap
import pathlib
import random
import struct
import sys
import traceback
import tracemalloc

import tbl

try:
    import numpy
except ImportError:
    numpy = None

WIDTHS = {"f16": 2, "f32": 4, "f64": 8}


def hexadecimal(bits, kind):
    return f"{bits:0{2 * WIDTHS[kind]}x}"


def exact(number):
    """A scalar, with its own bits."""
    return hexadecimal(number.bits, number.type) if number.type in WIDTHS else str(number.value)


def bits(number, letter):
    """Those of a double or a float."""
    return "nan" if number != number else struct.pack(">" + letter, number).hex()


def is_wide(number):
    return -(2**53) <= number <= 2**53


def lines(value, wide, indent=""):
    """The transcript of a value as it is typed."""
    if value is None:
        yield indent + "nil"
    elif isinstance(value, bool):
        yield f"{indent}bool {int(value)}"
    elif isinstance(value, str):
        yield f"{indent}string {value.encode().hex()}"
    elif isinstance(value, bytes):
        yield f"{indent}bytes {value.hex()}"
    elif isinstance(value, tbl.Scalar):
        if not wide:
            yield f"{indent}{value.type} {exact(value)}"
        elif value.type in WIDTHS or is_wide(value.value):
            yield f"{indent}number {bits(value.value, 'd')}"
        else:
            yield f"{indent}integer {value.value}"
    elif isinstance(value, tbl.Vector):
        yield from vector_lines(value, wide, indent)
    else:
        yield f"{indent}table {len(value)}"
        if value.vector is not None:
            yield indent + "vector"
            yield from vector_lines(value.vector, wide, indent + " ")
        for key in value:
            yield f"{indent}key {key.encode().hex()}"
            yield from lines(value.typed(key), wide, indent + " ")


def vector_lines(vector, wide, indent):
    shape = "x".join(map(str, vector.shape))
    if vector.strides is None or wide and vector.type == "bool":
        yield f"{indent}vector {'list' if wide else vector.type} {shape}"
        for index in range(vector.size):
            yield from lines(vector.typed(index), wide, indent + " ")
        return
    name, flat = vector.type, tbl.Vector(vector, shape=[vector.size]).tolist()
    if not wide and name in WIDTHS:
        data, width = vector.tobytes(), WIDTHS[name]
        words = [data[at : at + width][::-1].hex() for at in range(0, len(data), width)]
    elif wide and (name == "f64" or name in ("i64", "u64") and all(map(is_wide, flat))):
        name, words = "f64", [bits(number, "d") for number in flat]
    elif wide and name in WIDTHS:
        name, words = "f32", [bits(number, "f") for number in flat]
    else:
        words = [str(int(number)) for number in flat]
    yield f"{indent}vector {name} {shape}: {' '.join(words)}"


def transcript(read, data, wide):
    try:
        table = read(data)
    except tbl.TblError:
        return None, "refused\n"
    return table, "\n".join(lines(table, wide)) + "\n"


def rebuilt(value):
    """The same content in Python's own types, wherever these tell what it is."""
    if isinstance(value, tbl.Scalar):
        natural = value.type in ("i64", "f64") or value.type == "u64" and value.value >= 2**63
        if natural:
            return value.value
        return tbl.Scalar(value.value, value.type) if value.value == value.value else value
    if isinstance(value, tbl.Table):
        values = {key: rebuilt(value.typed(key)) for key in value}
        return values if value.vector is None else tbl.Table(values, rebuilt(value.vector))
    if not isinstance(value, tbl.Vector):
        return value
    if value.strides is None:
        elements = [rebuilt(value.typed(index)) for index in range(value.size)]
        fresh = tbl.Vector(elements)
        is_same = (fresh.type, fresh.shape) == (value.type, value.shape)
        return elements if is_same else tbl.Vector(elements, value.type, value.shape)
    elements = value.tolist()
    fresh = tbl.Vector(elements)
    if (fresh.type, fresh.shape) == (value.type, value.shape):
        return elements
    # Narrow numbers that are none lose bits on their way through Python's own.
    has_nan = value.type in WIDTHS and any(number != number for number in tbl.Vector(value, shape=[value.size]))
    return value if has_nan else tbl.Vector(elements, value.type, value.shape)


def ordered(text):
    """JSON as something that shows the order of keys, and tells 1 from 1.0."""
    return json.loads(
        text, object_pairs_hook=lambda pairs: ("object", pairs), parse_float=lambda number: repr(float(number))
    )


def vectors(value):
    """All vectors of numbers in a table or a vector."""
    inside = [value[key] for key in value] + [value.vector] if isinstance(value, tbl.Table) else [value]
    for part in inside:
        if isinstance(part, tbl.Table):
            yield from vectors(part)
        elif isinstance(part, tbl.Vector) and part.strides is not None:
            yield part
        elif isinstance(part, tbl.Vector) and part.type in ("table", "value"):
            for index in range(part.size):
                element = part.typed(index)
                if isinstance(element, (tbl.Table, tbl.Vector)):
                    yield from vectors(element)


def check_parts(vector):
    """Elements and parts by their indices are those of the list, and of numpy's array."""
    def same(part, nested):
        if isinstance(part, tbl.Vector):
            assert part.tolist() == nested or part.type in WIDTHS, (part, nested)
            assert len(part) == len(nested)
            for index in range(len(part)):
                same(part[index], nested[index])
        else:
            assert part == nested or part != part

    if vector.size < 100:
        same(vector, vector.tolist())
        numbers = [vector.typed(index) for index in range(vector.size)]
        if vector.type != "bool":
            data = b"".join(number.bits.to_bytes(vector.itemsize, "little") for number in numbers)
            assert data == vector.tobytes()
    if numpy is not None and max(vector.shape) < 2**20:
        array = numpy.asarray(vector)
        assert array.shape == vector.shape and array.tobytes() == vector.tobytes(), vector
        again = tbl.Vector(array)
        assert (again.type, again.shape, again.tobytes()) == (vector.type, vector.shape, vector.tobytes())
        assert not vector.size or not array.flags.owndata and array.strides == vector.strides


def check_valid(data, table, text, canonical, content_hash, expected):
    assert tbl.dumps(table) == canonical, "is written as something else"
    assert tbl.dumps(rebuilt(table)) == canonical, "is written from fresh values as something else"
    assert tbl.content_hash(data) == int(content_hash), "has another content hash"
    for form, text_of_form in zip(("null", "text"), expected.decode().split("\0")):
        assert ordered(tbl.to_json(table, form)) == ordered(text_of_form), f"is other JSON with {form}"
    assert table == tbl.loads(canonical)
    odd = bytearray(b"x" + data)
    with mmap.mmap(-1, len(data)) as mapped:
        mapped[:] = data
        for source in (memoryview(odd)[1:], memoryview(data).cast("Q"), mapped):
            assert transcript(tbl.validate, source, False)[1] == text, "reads as something else elsewhere"
    for vector in vectors(table):
        check_parts(vector)


def use(table):
    """Everything that can be done with what was read, whatever it is."""
    list(lines(table, False))
    tbl.to_json(table, "text")
    for vector in vectors(table):
        check_parts(vector)
    tbl.validate(tbl.dumps(table))


def damage(documents, seed, rounds):
    """Random changes raise nothing but a TblError."""
    numbers = random.Random(seed)
    documents = [data for data in documents if len(data) < 2000]
    read = 0
    for _ in range(rounds):
        data = bytearray(numbers.choice(documents))
        for _ in range(numbers.randint(1, 3)):
            at = numbers.randrange(len(data) // 4) * 4
            word = int.from_bytes(data[at : at + 4], "little")
            choices = (word ^ 1 << numbers.randrange(32), word + 8, word - 1, numbers.randrange(len(data)), 2**32 - 1)
            data[at : at + 4] = (numbers.choice(choices) % 2**32).to_bytes(4, "little")
        if numbers.random() < 0.1:
            del data[numbers.randrange(len(data)) :]
        try:
            table = tbl.loads(data)
        except tbl.TblError as error:
            assert error.place and error.reason and str(error).count("\n") == 0
            continue
        read += 1
        use(table)
        try:
            tbl.content_hash(data)
        except tbl.TblError:
            pass
    return read


def check_values():
    """What becomes of values of Python, and which are refused."""
    for values, kind in (
        ([1, -1], "i64"),
        ([1, 2**63], "u64"),
        ([-1, 2**63], "value"),
        ([1, 0.5], "f64"),
        ([2**53 + 1, 0.5], "value"),
        ([True, False], "bool"),
        ([True, 1], "value"),
        (["a", "b"], "string"),
        ([b"a", bytearray(b"b")], "bytes"),
        ([{}, tbl.Table()], "table"),
        ([], "table"),
        ([None], "value"),
        ([[1], [2, 3]], "value"),
        ([["a"], ["b"]], "value"),
        (memoryview(b"ab"), "u8"),
        (memoryview(struct.pack("=3f", 1, 2, 3)).cast("f"), "f32"),
        (memoryview(bytes(8))[::2], "u8"),
    ):
        vector = tbl.Vector(values)
        assert vector.type == kind and len(vector) == len(values), (values, vector)
        assert tbl.loads(tbl.dumps(values)) == tbl.loads(tbl.dumps({"": values}))[""] if kind == "value" else True
    matrix = tbl.Vector([[1, 2, 3], [4, 5, 6]])
    assert matrix.shape == (2, 3) and matrix[-1, -2] == 5 and matrix[1][0] == 4 and matrix[:1] == [[1, 2, 3]]
    for order in (ctypes.c_int32.__ctype_be__, ctypes.c_int32.__ctype_le__):
        assert tbl.Vector((order * 2)(1, -2)).tolist() == [1, -2]
    assert tbl.loads(tbl.dumps(2.5)).vector.tolist() == [2.5]
    assert tbl.loads(tbl.dumps([1, "x"])).vector.type == "value"
    assert tbl.loads(tbl.dumps({"x": [1, "x"]}))["x"].vector.tolist() == [1, "x"]
    assert tbl.loads(tbl.dumps({"a": 1, "b": {"c": 2}})) == {"b": {"c": 2}, "a": 1}
    assert tbl.Table({"a": 1}) != tbl.Table({"a": tbl.Scalar(1, "u8")})
    around = []
    around.append(around)
    deep = {}
    for _ in range(255):
        deep = {"x": deep}
    assert tbl.validate(tbl.dumps(deep))
    for make, place in (
        (lambda: tbl.dumps({"a": {"b": [1, object()]}}), "a.b[1]"),
        (lambda: tbl.dumps({"a": {"b": 2**64}}), "a.b"),
        (lambda: tbl.dumps({"a": -(2**63) - 1}), "a"),
        (lambda: tbl.dumps({"a": "\ud800"}), "a"),
        (lambda: tbl.dumps({1: 2}), "1"),
        (lambda: tbl.dumps({"a": tbl.Vector(["x", 1], "string")}), "a[1]"),
        (lambda: tbl.dumps({"a": memoryview(b"a").cast("c")}), "a"),
        (lambda: tbl.dumps({"x": deep}), ".".join(["x"] * 256)),
        (lambda: tbl.dumps(around), "[0]" * 256),
        (lambda: tbl.Vector([1, 300], "u8"), "numbers of u8"),
        (lambda: tbl.Vector([1.5], "i8"), "numbers of i8"),
        (lambda: tbl.Vector([1e300], "f32"), "numbers of f32"),
        (lambda: tbl.Vector([1, 0], "bool"), "numbers of bool"),
        (lambda: tbl.Vector([1], "number"), "a vector"),
        (lambda: tbl.Vector([1, 2], "f32", shape=(3,)), "a vector"),
        (lambda: tbl.Vector([1], shape=(1,) * 9), "a vector"),
        (lambda: tbl.Vector([], "u8", shape=(0, 2**32)), "a vector"),
        (lambda: tbl.Scalar(1, "bool"), "a scalar"),
        (lambda: tbl.Scalar(-1, "u8"), "numbers of u8"),
        (lambda: tbl.to_json({"a": [{"b": [[1.5, math.inf]]}]}), "a[0].b[1]"),
        (lambda: tbl.to_json(math.nan), "[0]"),
    ):
        try:
            made = make()
        except tbl.TblError as error:
            assert error.place == place, error
        else:
            raise AssertionError(f"{made} is not refused at {place}")


def check_memory():
    """What is read takes memory in proportion to the document, however small its values are."""
    for element in ({}, "é", b"", None, tbl.Vector([], "u8"), tbl.Scalar(7, "u8")):
        document = tbl.dumps([element] * 3000)
        tracemalloc.start()
        tbl.validate(document)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 32 * len(document), f"{peak} bytes for {len(document)} of {element!r}"


def documents(corpus):
    """Each document of the corpus, with its canonical form, content hash and JSON, which may be empty."""
    parts = []
    while corpus:
        (length,) = struct.unpack_from("<I", corpus)
        parts.append(bytes(corpus[4 : 4 + length]))
        corpus = corpus[4 + length :]
    return zip(*[iter(parts)] * 4)


def main(folder, seed, rounds):
    # Transcripts and comparisons go down as deep as documents do; the reader itself does not.
    sys.setrecursionlimit(10000)
    folder = pathlib.Path(folder)
    exacts, wides, valid, is_good = [], [], [], True
    for number, (data, *expected) in enumerate(documents(memoryview((folder / "corpus").read_bytes()))):
        try:
            table, text = transcript(tbl.validate, data, False)
            exacts.append(text)
            lax, text_of_lax = transcript(tbl.loads, data, True)
            wides.append(text_of_lax)
            if expected[0]:
                valid.append(data)
                check_valid(data, table, text, *expected)
            elif lax is not None:
                use(lax)
        except Exception as error:
            is_good = False
            print(f"document {number}: {error!r} {traceback.extract_tb(error.__traceback__)[-1]}")
    try:
        check_values()
        check_memory()
        read = damage(valid, seed, int(rounds))
        print(f"{len(wides)} documents, {len(valid)} valid; {read} damaged ones read; numpy: {numpy is not None}")
    except Exception:
        is_good = False
        traceback.print_exc()
    (folder / "python.exact").write_text("".join("document\n" + text for text in exacts))
    (folder / "python.wide").write_text("".join("document\n" + text for text in wides))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
