"""Reads and writes tbl documents; Documentation/TblFormat.md is the format.

    table = tbl.loads(data)                  bytes to a table, checked; vectors of numbers are not copied
    data = tbl.dumps({"x": 1, "v": [0.5]})   values to bytes, in canonical form
    tbl.validate(data)                       as loads, and checks what only lookups in place need
    tbl.content_hash(data), tbl.to_json(table)

    tbl.py FILE|-                            prints a document as JSON, NaN and infinities as null

In Python, nil is None; bool, int (i64, or u64 where that is too small), float (f64), str and bytes are
themselves; a table is a `Table`, and any mapping becomes one; a vector is a `Vector`, and a list, an array of
numpy or anything else that lends numbers as a buffer becomes one. Numbers of other types are read as int and
float too; `Scalar` and `Vector` say their types where they are written.
"""

import base64
import itertools
import json
import math
import struct
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Iterable, Iterator, NamedTuple, Optional, Union

__all__ = ["Scalar", "Table", "TblError", "Vector", "content_hash", "dumps", "loads", "to_json", "validate"]

NIL, BOOL, STRING, BYTES, TABLE, VALUE, VECTOR_BIT = 0, 1, 4, 5, 6, 7, 0x80
MAGIC, VERSION, STRIDES_FEATURE = b"TBL\x1a", 1, 1
HEADER = struct.Struct("<4sHBBIIBBHBBHII")  # Magic, version, features, size, count, seed, height, own record.
ENTRY = struct.Struct("<IIIBBHII")  # Hash, key, length of the key, record: code, rank, flags, payload.
ELEMENT = struct.Struct("<IBBHII")  # Zeros, record.
RECORD = struct.Struct("<BBHII")
HEADER_BYTES, ENTRY_BYTES, ELEMENT_BYTES = HEADER.size, ENTRY.size, ELEMENT.size
MOST_BYTES, MOST_LEVELS, MOST_DIMENSIONS = 0xFFFFFFF8, 256, 8
MOST_LINEAR, MOST_PROBES, SEEDS = 8, 128, 16


class Type(NamedTuple):
    """A type of values or elements; `letter` is that of the module struct, for numbers and truth values."""

    code: int
    name: str
    width: int = 0
    letter: str = ""


# Letters of buffers; the width of their elements says the rest.
LENT = {"bool": "?", "i": "bhilqn", "u": "BHILQN", "f": "efd"}
# Integers that become these types when nothing else is said.
BOUNDS = {"i64": (-(2**63), 2**63 - 1), "u64": (0, 2**64 - 1), "f64": (-(2**53), 2**53)}
TYPES = [Type(NIL, "nil"), Type(BOOL, "bool", 1, "?"), Type(STRING, "string"), Type(BYTES, "bytes")]
TYPES += [Type(TABLE, "table"), Type(VALUE, "value")]
TYPES += [Type(0x10 + n, f"i{8 << n}", 1 << n, "bhiq"[n]) for n in range(4)]
TYPES += [Type(0x20 + n, f"u{8 << n}", 1 << n, "BHIQ"[n]) for n in range(4)]
TYPES += [Type(0x30 + n, f"f{8 << n}", 1 << n, " efd"[n]) for n in range(1, 4)]
BY_CODE = {kind.code: kind for kind in TYPES}
BY_NAME = {kind.name: kind for kind in TYPES}


class TblError(ValueError):
    """Why bytes are no tbl, or a value cannot become one: `place` says where, `reason` what is wrong."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(place, reason)
        self.place = place
        self.reason = reason

    def __str__(self) -> str:
        return f"tbl, {self.place}: {self.reason}"


# What values are in Python.


class Scalar:
    """A number with its type: `Scalar(3, "u8")`. `bits` are those of its type, without a sign."""

    __slots__ = ("type", "bits")

    def __init__(self, value: Union[int, float], type: str) -> None:
        self.type = type
        self.bits = int.from_bytes(_pack([value], _kind_of_number(type)), "little")

    @classmethod
    def of_bits(cls, bits: int, type: str) -> "Scalar":
        """The number of a type that has these bits, also one that is no number."""
        scalar = cls.__new__(cls)
        scalar.type, scalar.bits = type, bits & ((1 << 8 * _kind_of_number(type).width) - 1)
        return scalar

    @property
    def value(self) -> Union[int, float]:
        """The number."""
        kind = BY_NAME[self.type]
        return struct.unpack("<" + kind.letter, self.bits.to_bytes(kind.width, "little"))[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scalar) and (self.type, self.bits) == (other.type, other.bits)

    def __hash__(self) -> int:
        return hash((self.type, self.bits))

    def __repr__(self) -> str:
        return f"Scalar({self.value!r}, {self.type!r})"


class Vector(Sequence):
    """Elements of one `type`, in row-major order of a `shape` of 1 to 8 dimensions.

    `Vector([1, 2], "f32")`, `Vector([[1, 2], [3, 4]])`, `Vector(["a", 1], "value")`. Numbers that were read stay
    in the document's bytes, and `numpy.asarray(vector)` does not copy them either. When no type is given: truth
    values, texts, bytes, tables or numbers alone tell it, lists of numbers that are all of one shape give more
    dimensions, everything else is a vector of values, and no elements are a vector of tables.
    """

    __slots__ = ("type", "shape", "_elements", "_steps")

    def __init__(
        self, values: Iterable[Any], type: Optional[str] = None, shape: Optional[Iterable[int]] = None
    ) -> None:
        found: Optional[Sequence[int]] = None
        if not isinstance(values, (Vector, list, tuple)):
            lent = _lent(values)
            values = list(values) if lent is None else lent
        if isinstance(values, Vector):
            type, found = type or values.type, values.shape
            elements: Any = values._packed() if type == values.type else values._flat()
        elif type is None:
            type, elements, found = _inferred(list(values))
        else:
            elements, found = (list(values), None) if type == "value" else _flattened(values)
        kind = BY_NAME.get(type, BY_CODE[NIL])
        if kind.code == NIL:
            raise TblError("a vector", f"{type!r} is no type of elements")
        if kind.width and isinstance(elements, list):
            elements = memoryview(_pack(elements, kind))
        count = len(elements) // (kind.width or 1)
        shape = tuple((found or [count]) if shape is None else shape)
        if not 1 <= len(shape) <= MOST_DIMENSIONS or math.prod(shape) != count:
            raise TblError("a vector", f"the shape {shape} for {count} elements")
        if not all(0 <= length < 1 << 32 for length in shape):
            raise TblError("a vector", f"a dimension in {shape} is none of 32 bits")
        self._set(type, shape, elements)

    def _set(
        self, type: str, shape: Sequence[int], elements: Any, steps: Optional[Sequence[int]] = None
    ) -> "Vector":
        """Elements of fixed width are bytes from the first to the last, all others a list.

        `steps` is None when they lie one behind the other, else how many elements on each dimension leads.
        """
        self.type, self.shape, self._elements, self._steps = type, tuple(shape), elements, steps
        return self

    @property
    def size(self) -> int:
        """How many elements there are."""
        return math.prod(self.shape)

    @property
    def itemsize(self) -> int:
        """Bytes of an element; 0 where elements vary in length."""
        return BY_NAME[self.type].width

    @property
    def strides(self) -> Optional[tuple]:
        """How many bytes on a step along each dimension leads; None where elements vary in length."""
        width = BY_NAME[self.type].width
        steps = self._steps or _row_major(self.shape)
        return tuple(width * step for step in steps) if width else None

    def tobytes(self) -> bytes:
        """The numbers or truth values as a document holds them, in row-major order."""
        if not BY_NAME[self.type].width:
            raise TypeError(f"a vector of {self.type} is no numbers")
        return bytes(self._packed())

    def tolist(self) -> list:
        """The elements in lists, nested by shape; `[]` when there are none."""
        return _nested(self._flat(), self.shape) if self.size else []

    def typed(self, index: int) -> Any:
        """An element of the row-major order: a number as a `Scalar`, all else as it is."""
        width = BY_NAME[self.type].width
        if not width:
            return _typed(self._elements[index])
        if not 0 <= index < self.size:
            raise IndexError(f"element {index} of {self.size}")
        bits = int.from_bytes(self._packed()[width * index : width * (index + 1)], "little")
        return bits == 1 if self.type == "bool" else Scalar.of_bits(bits, self.type)

    @property
    def __array_interface__(self) -> dict:
        """How numpy looks at the elements where they lie."""
        kind = BY_NAME[self.type]
        if not kind.width:
            raise AttributeError(f"a vector of {self.type} is no array of numbers")
        name = "|b1" if kind.code == BOOL else f"<{kind.name[0]}{kind.width}"
        data = self._elements if self.size else bytes(kind.width)
        return {"version": 3, "shape": self.shape, "typestr": name, "strides": self.strides, "data": data}

    def __len__(self) -> int:
        """Elements along the first dimension; 0 when there are none along another one."""
        return self.shape[0] if self.size else 0

    def __getitem__(self, index: Any) -> Any:
        """An element, or what has the index in the first dimension when there are several."""
        if isinstance(index, tuple):
            return self[index[0]][index[1:]] if len(index) > 1 else self[index[0]]
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} of {len(self)}")
        kind, shape = BY_NAME[self.type], self.shape[1:]
        steps = self._steps or _row_major(self.shape)
        first, extent = index % len(self) * steps[0], _extent(shape, steps[1:])
        if shape:
            part = self._elements[first * (kind.width or 1) : (first + extent) * (kind.width or 1)]
            return Vector.__new__(Vector)._set(self.type, shape, part, self._steps and steps[1:])
        if kind.width:
            return struct.unpack_from("<" + kind.letter, self._elements, first * kind.width)[0]
        return _plain(self._elements[first])

    def __iter__(self) -> Iterator[Any]:
        return iter(self._flat() if len(self.shape) == 1 else [self[index] for index in range(len(self))])

    def __eq__(self, other: object) -> bool:
        """Whether a vector has the same type, shape and content, or a list the same elements."""
        if isinstance(other, (list, tuple)):
            return self.tolist() == list(other)
        return dumps(self) == dumps(other) if isinstance(other, Vector) else NotImplemented

    def __repr__(self) -> str:
        return f"<Vector of {self.type}, {' x '.join(map(str, self.shape))}>"

    def _packed(self) -> Any:
        """The elements one behind the other, those of fixed width as bytes."""
        if self._steps is None:
            return self._elements
        return _moved(self._elements, BY_NAME[self.type].width, self.shape, self._steps)[0]

    def _flat(self) -> list:
        """The elements in Python's types, in row-major order."""
        kind, elements = BY_NAME[self.type], self._packed()
        if not kind.width:
            return [_plain(value) for value in elements]
        if sys.byteorder == "little" and kind.letter != "e":
            return memoryview(elements).cast("B").cast(kind.letter).tolist()
        return list(struct.unpack(f"<{self.size}{kind.letter}", elements))


class Table(Mapping):
    """Values by key, in the order of the document, and at most one `vector` of the table's own.

    Two tables are equal when their content is: types count, the order of the keys does not.
    """

    __slots__ = ("_values", "vector")

    def __init__(self, values: Any = (), vector: Any = None) -> None:
        self._values: dict = dict(values._values if isinstance(values, Table) else values)
        self.vector: Optional[Vector] = vector if vector is None or isinstance(vector, Vector) else Vector(vector)

    def typed(self, key: str) -> Any:
        """The value of a key as it is written: a number as a `Scalar`, all else as it is."""
        return _typed(self._values[key])

    def __getitem__(self, key: str) -> Any:
        return _plain(self._values[key])

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Table):
            return dumps(self) == dumps(other)
        return self.vector is None and dict(self) == other if isinstance(other, Mapping) else NotImplemented

    def __repr__(self) -> str:
        own = f", {self.vector!r}" if self.vector is not None else ""
        return f"<Table, {len(self)} keys{own}>"


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Scalar) else value


def _typed(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return Scalar(value, "f64" if isinstance(value, float) else "i64" if value < 2**63 else "u64")


def _kind_of_number(name: str) -> Type:
    kind = BY_NAME.get(name, BY_CODE[NIL])
    if kind.code <= VALUE:
        raise TblError("a scalar", f"{name!r} is no type of numbers")
    return kind


def _pack(values: list, kind: Type) -> bytes:
    """Numbers or truth values as a document holds them."""
    try:
        if kind.code == BOOL and not all(isinstance(value, bool) for value in values):
            raise TypeError("not all are truth values")
        return struct.pack(f"<{len(values)}{kind.letter}", *values)
    except (struct.error, OverflowError, TypeError) as error:
        raise TblError(f"numbers of {kind.name}", str(error)) from None


def _are_bools(data: Any) -> bool:
    return not bytes(data).strip(b"\x00\x01")


def _row_major(shape: Sequence[int]) -> list:
    """How many elements on a step along each dimension leads when they lie one behind the other."""
    return [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]


def _extent(shape: Sequence[int], steps: Sequence[int]) -> int:
    """From the first element to behind the last, in elements."""
    return 1 + sum((length - 1) * step for length, step in zip(shape, steps)) if math.prod(shape) else 0


def _moved(data: memoryview, width: int, shape: Sequence[int], steps: Sequence[int]) -> tuple:
    """Elements with strides one behind the other, and a copy of them in place with zeros between them."""
    packed, spread = bytearray(width * math.prod(shape)), bytearray(len(data))
    letter, dense = "BHIQ"[width.bit_length() - 1], _row_major(shape)
    source, target, copy = data.cast(letter), memoryview(packed).cast(letter), memoryview(spread).cast(letter)
    # Along the longest dimension slices move all at once.
    longest = max(range(len(shape)), key=shape.__getitem__)

    def run(indices: Sequence[int], steps: Sequence[int]) -> slice:
        first, step = sum(index * step for index, step in zip(indices, steps)), max(1, steps[longest])
        return slice(first, first + (shape[longest] - 1) * step + 1, step)

    for indices in itertools.product(*(range(1 if axis == longest else n) for axis, n in enumerate(shape))):
        at = run(indices, steps)
        target[run(indices, dense)] = copy[at] = source[at]
    return memoryview(packed), spread


def _nested(elements: list, shape: Sequence[int]) -> list:
    if len(shape) == 1:
        return elements
    step = len(elements) // shape[0]
    return [_nested(elements[row * step : (row + 1) * step], shape[1:]) for row in range(shape[0])]


def _flattened(values: Iterable[Any], rank: int = 1) -> tuple:
    """The elements of lists in lists, and their shape; of lists that have not all one shape, the lists."""
    values = list(values)
    if values and rank < MOST_DIMENSIONS and all(isinstance(value, (list, tuple)) for value in values):
        rows = [_flattened(value, rank + 1) for value in values]
        if all(shape == rows[0][1] for _, shape in rows):
            return [element for row, _ in rows for element in row], [len(values), *rows[0][1]]
    return values, [len(values)]


def _inferred(values: list) -> tuple:
    """The type, elements and shape of a list: see `Vector`."""
    flat, shape = _flattened(values)
    types = set(map(type, flat))
    if types and bool not in types and all(issubclass(kind, (int, float)) for kind in types):
        floats = [kind for kind in types if issubclass(kind, float)]
        if len(floats) == len(types):
            return "f64", flat, shape
        least, most = min(v for v in flat if isinstance(v, int)), max(v for v in flat if isinstance(v, int))
        for name in ("f64",) if floats else ("i64", "u64"):
            if BOUNDS[name][0] <= least and most <= BOUNDS[name][1]:
                return name, flat, shape
    types = set(map(type, values))
    for name, kinds in (("bool", bool), ("string", str), ("bytes", (bytes, bytearray)), ("table", Mapping)):
        if all(issubclass(kind, kinds) for kind in types) and (types or name == "table"):
            return name, values, None
    return "value", values, None


def _lent(value: Any) -> Any:
    """What lends its numbers as a buffer, as a `Scalar` or `Vector` of their type; None for all else."""
    try:
        view = memoryview(value)
    except TypeError:
        return None
    except (ValueError, BufferError) as error:
        raise TblError("a buffer", str(error)) from None
    order, letter = view.format[:-1], view.format[-1]
    kind = next((kind for kind, letters in LENT.items() if letter in letters), "")
    name = "bool" if kind == "bool" else f"{kind}{8 * view.itemsize}"
    if name not in BY_NAME or order not in ("", "@", "=", "<", ">") or view.ndim > MOST_DIMENSIONS:
        raise TblError("a buffer", f"{view.ndim} dimensions of the format {view.format!r}")
    if view.itemsize > 1 and (order == ">" or sys.byteorder == "big" and order != "<"):
        data, swapped = view.tobytes(), bytearray(view.nbytes)
        for at in range(view.itemsize):
            swapped[at :: view.itemsize] = data[view.itemsize - 1 - at :: view.itemsize]
        data = memoryview(swapped)
    else:
        # What lies there as in a document is not copied.
        is_alike = view.c_contiguous and view.nbytes > 0 and order in ("", "@") and letter != "e"
        data = view.cast("B") if is_alike else memoryview(view.tobytes())
    if kind == "bool" and not _are_bools(data):
        raise TblError("a buffer", "truth values that are neither 0 nor 1")
    if not view.ndim:
        return bool(data[0]) if kind == "bool" else Scalar.of_bits(int.from_bytes(data, "little"), name)
    return Vector.__new__(Vector)._set(name, view.shape or (), data.toreadonly())


# Reading.


def loads(data: Any) -> Table:
    """The table that `data`, which lends exactly one document's bytes, holds.

    All of it is checked but what only lookups in place need, hashes and index. Vectors of numbers keep `data`.
    """
    return _read(data, is_whole=False)


def validate(data: Any) -> Table:
    """As `loads`, after a check of all that the format demands."""
    return _read(data, is_whole=True)


def _read(data: Any, is_whole: bool) -> Table:
    view = memoryview(data)
    view = memoryview(view.tobytes()) if not view.c_contiguous or 0 in (view.shape or ()) else view.cast("B")
    table = Table()
    # Each table notes those in it, so that a deep document needs no deep stack.
    waiting = [(table, 0, len(view), MOST_LEVELS)]
    while waiting:
        part, start, size, limit = waiting.pop()
        _TableReader(view.toreadonly()[start : start + size], start, waiting).read(part, limit, is_whole)
    return table


class _TableReader:
    """Reads one table. `cursor` is the first byte that no region has used: the next one must begin there."""

    def __init__(self, view: memoryview, start: int, waiting: list) -> None:
        self.view, self.start, self.waiting = view, start, waiting
        self.cursor, self.tallest, self.has_strides = HEADER_BYTES, -1, False

    def read(self, table: Table, limit: int, is_whole: bool) -> None:
        size = len(self.view)
        self.expect(size >= HEADER_BYTES, 0, "shorter than a header")
        (magic, version, features, _, said, count, seed, self.height, reserved, *own) = HEADER.unpack_from(self.view)
        self.expect(magic == MAGIC, 0, "not a tbl")
        self.expect(version == VERSION, 4, f"version {version}, this reader knows {VERSION}")
        self.expect(not features & ~STRIDES_FEATURE, 6, "needs a feature that this reader lacks")
        self.expect(said == size, 8, f"says {said} bytes, there are {size}")
        index = size - 4 * _slot_count(count)
        self.entries = index - ENTRY_BYTES * count
        self.expect(self.entries >= HEADER_BYTES and size % 8 == 0, 12, f"no room for {count} entries")
        self.expect(self.height < limit, 17, "as tall as the table around it")
        self.expect(reserved == 0, 18, "reserved bytes are set")
        table.vector = self.value(20, *own, is_own=True)
        self.claim(_up(self.cursor, 8), 0, 8, 20)
        hashes = []
        for at, entry in enumerate(ENTRY.iter_unpack(self.view[self.entries : index])):
            place = self.entries + ENTRY_BYTES * at
            hashed, offset, length, *record = entry
            self.claim(offset, length, 1, place + 4)
            key = self.text(offset, offset + length, place + 4)
            self.expect(key not in table._values, place, "a key that stands twice")
            table._values[key] = self.value(place + 12, *record)
            if is_whole:
                is_right = _key_hash(self.view[offset : offset + length], seed) == hashed
                self.expect(is_right, place, "a hash that is not its key's")
                hashes.append(hashed)
        self.claim(self.entries, 0, 8, self.entries)
        self.expect(bool(features & STRIDES_FEATURE) == self.has_strides, 6, "strides are not as announced")
        self.expect(self.height == self.tallest + 1, 17, "not 1 more than the tallest table in it")
        if is_whole and index < size:
            slots = struct.unpack(f"<{(size - index) // 4}I", self.view[index:])
            self.expect(len(slots) - slots.count(0) == count, index, "an index with other entries")
            for number, hashed in enumerate(hashes, 1):
                self.expect(_is_found(slots, number, hashed), index, f"entry {number} is not found")

    def value(
        self, place: int, code: int, rank: int, flags: int, low: int, high: int, is_own: bool = False
    ) -> Any:
        """The value of a record; numbers of types other than i64 and f64 are `Scalar`s."""
        kind, is_vector = BY_CODE.get(code & ~VECTOR_BIT), code & VECTOR_BIT
        if kind is None:
            raise self.error(place, f"unknown type code {code}")
        is_strided = flags == 1 and is_vector and kind.width
        self.expect(flags == 0 or is_strided, place + 2, "reserved bytes are set")
        if is_vector:
            is_right = 1 <= rank <= MOST_DIMENSIONS and code != VECTOR_BIT and (is_own or kind.code != VALUE)
            self.expect(is_right, place, "a vector of a type or a rank that it cannot have")
            return self.vector(place, kind, rank, is_strided, low, high)
        self.expect(rank == 0 and (not is_own or code == NIL), place, "a rank or a type of no vector")
        if code in (STRING, BYTES):
            self.claim(low, high, 1, place)
            return self.text(low, low + high, place) if code == STRING else bytes(self.view[low : low + high])
        if code == TABLE:
            return self.child(low, high, place)
        bits = low | high << 32
        if kind.name[0] == "i":
            number, bound = bits - (bits >> 63 << 64), 1 << (8 * kind.width - 1)
            self.expect(-bound <= number < bound, place, "an integer beyond its type")
            return number if kind.width == 8 else Scalar.of_bits(bits, kind.name)
        most = 1 if code == BOOL else (1 << 8 * kind.width) - 1
        self.expect(bits <= most and code != VALUE, place, "a payload that does not fit its type")
        if code <= BOOL:
            return bits == 1 if code == BOOL else None
        number = Scalar.of_bits(bits, kind.name)
        return number.value if kind.name == "f64" else number

    def vector(self, place: int, kind: Type, rank: int, is_strided: bool, offset: int, count: int) -> Vector:
        width = kind.width or (8 if kind.code == VALUE else 4)
        words = 2 * rank if is_strided else rank if rank > 1 else 0
        shape: Sequence[int] = [count]
        steps, extent = None, count
        if words:
            self.claim(offset - 4 * words, 4 * words, max(4, width), place, lead=4 * words)
            numbers = struct.unpack_from(f"<{words}I", self.view, offset - 4 * words)
            shape = numbers[-rank:]
            self.expect(math.prod(shape) == count, place, "a shape of other elements than there are")
        if is_strided:
            self.has_strides, steps, extent = True, numbers[:rank], _extent(shape, numbers)
            self.expect(_are_apart(shape, steps), place, "strides that the shape does not need or cannot have")
        if kind.width:
            self.claim(offset, width * extent, width, place)
            elements: Any = self.view[offset : offset + width * extent]
            if is_strided:
                self.expect(_moved(elements, width, shape, steps)[1] == elements, place, "a gap that is not 0")
            self.expect(kind.code != BOOL or _are_bools(elements), place, "a truth value that is neither 0 nor 1")
        elif kind.code == VALUE:
            self.claim(offset, ELEMENT_BYTES * count, width, place)
            elements = []
            for zeros, *record in ELEMENT.iter_unpack(self.view[offset : offset + ELEMENT_BYTES * count]):
                at = offset + ELEMENT_BYTES * len(elements)
                self.expect(zeros == 0, at, "reserved bytes are set")
                elements.append(self.value(at + 4, *record))
        else:
            elements = self.ragged(place, kind, offset, count)
        return Vector.__new__(Vector)._set(kind.name, shape, elements, steps)

    def ragged(self, place: int, kind: Type, offset: int, count: int) -> list:
        """Elements that lie between ascending offsets."""
        self.claim(offset, 4 * count + 4, 4, place)
        ends = struct.unpack_from(f"<{count + 1}I", self.view, offset)
        self.expect(ends[0] == 0, offset, "the first offset is not 0")
        self.expect(all(map(int.__le__, ends, ends[1:])), offset, "offsets must ascend")
        base = _up(self.cursor, 8 if kind.code == TABLE else 1)
        self.claim(base, 0, 8 if kind.code == TABLE else 1, place)
        bounds = ((base + begin, base + end) for begin, end in zip(ends, ends[1:]))
        if kind.code == TABLE:
            return [self.child(begin, end - begin, place) for begin, end in bounds]
        self.claim(base, ends[-1], 1, place)
        if kind.code == BYTES:
            return [bytes(self.view[begin:end]) for begin, end in bounds]
        return [self.text(begin, end, place) for begin, end in bounds]

    def child(self, offset: int, length: int, place: int) -> Table:
        self.claim(offset, length, 8, place)
        self.expect(length >= HEADER_BYTES, place, "a table that is shorter than a header")
        self.tallest = max(self.tallest, self.view[offset + 17])
        table = Table()
        self.waiting.append((table, self.start + offset, length, self.height))
        return table

    def claim(self, offset: int, length: int, alignment: int, place: int, lead: int = 0) -> None:
        """Checks that a region of the table, of which the part behind `lead` is aligned, begins at the cursor."""
        expected = _up(self.cursor + lead, alignment) - lead
        if offset != expected:
            raise self.error(place, f"refers to byte {offset} instead of {expected}")
        self.expect(offset + length <= self.entries, place, "points outside its table")
        self.expect(offset == self.cursor or not any(self.view[self.cursor : offset]), place, "padding that is not 0")
        self.cursor = offset + length

    def text(self, begin: int, end: int, place: int) -> str:
        try:
            return str(self.view[begin:end], "utf-8")
        except UnicodeDecodeError:
            raise self.error(place, "text that is not UTF-8") from None

    def expect(self, condition: Any, place: int, reason: str) -> None:
        if not condition:
            raise self.error(place, reason)

    def error(self, place: int, reason: str) -> TblError:
        return TblError(f"byte {self.start + place}", reason)


def _up(offset: int, alignment: int) -> int:
    return (offset + alignment - 1) & -alignment


def _are_apart(shape: Sequence[int], steps: Sequence[int]) -> bool:
    """Whether different indices lead to different elements, which do not lie one behind the other."""
    extent = 1
    for step, length in sorted(zip(steps, shape)):
        if length == 0 or length > 1 and step < extent:
            return False
        extent += (length - 1) * step
    return any(length > 1 and step != dense for length, step, dense in zip(shape, steps, _row_major(shape)))


def _slot_count(count: int) -> int:
    return 0 if count <= MOST_LINEAR else 1 << (2 * count - 1).bit_length()


def _is_found(slots: Sequence[int], number: int, hashed: int) -> bool:
    """Whether a lookup that compares hashes and keys comes to the entry of this number."""
    for at in range(hashed, hashed + MOST_PROBES):
        slot = slots[at & (len(slots) - 1)]
        if slot in (0, number):
            return slot == number
    return False


def _fold(a: int, b: int) -> int:
    product = a * b
    return product & 0xFFFFFFFFFFFFFFFF ^ product >> 64


def _hash(data: bytes, start: int) -> int:
    state = 0x8BB84B93962EACC9 ^ start
    for (word,) in struct.iter_unpack("<Q", data):
        state = _fold(state ^ word, 0x2D358DCCAA6C78A5)
    return _fold(state, 0x8BB84B93962EACC9)


def _key_hash(key: Any, seed: int) -> int:
    filled = bytes(key) + bytes(-len(key) % 8)
    return _hash(filled, seed << 32 ^ len(key)) & 0xFFFFFFFF


# Writing.


def dumps(value: Any) -> bytes:
    """The canonical document of a table, or of a list or single value, by the conventions of the format.

    Raises `TblError` with the path to what does not fit, such as `mesh.positions[3]`.
    """
    root = _TableWriter(_table(value), "", 1)
    writers, waiting = [], [root]
    while waiting:
        writer = waiting.pop()
        writer.note(waiting)
        writers.append(writer)
    # Tables stand behind those around them, and must be written before.
    for writer in reversed(writers):
        writer.write()
    return root.data


def content_hash(data: Any) -> int:
    """A number of 64 bits that documents of the same content share, and others hardly ever."""
    canonical = dumps(validate(data))
    return _hash(canonical, len(canonical))


def _natural(value: Any) -> Any:
    """A mapping as a `Table`, a list as a `Vector`, what lends numbers as one of them; all else itself."""
    if value is None or isinstance(value, (bool, int, float, str, bytes, Scalar, Vector, Table)):
        return value
    if isinstance(value, (Mapping, list, tuple)):
        return Table(value) if isinstance(value, Mapping) else Vector(value)
    lent = None if isinstance(value, bytearray) else _lent(value)
    return value if lent is None else lent


def _table(value: Any) -> Table:
    value = _natural(value)
    if isinstance(value, Table):
        return value
    return Table((), value if isinstance(value, Vector) else Vector([value], "value"))


class _TableWriter:
    """Writes one table. A value is noted as its type code, the shape of a vector or None, and its content."""

    def __init__(self, table: Table, path: str, level: int) -> None:
        self.table, self.path, self.level = table, path, level
        self.own: Optional[tuple] = None
        self.entries: list = []
        self.data, self.height = b"", 0

    def error(self, path: str, reason: str) -> TblError:
        return TblError(path or "the table", reason)

    def note(self, waiting: list) -> None:
        """Notes all values, and the tables among them in `waiting`."""
        if self.level > MOST_LEVELS:
            raise self.error(self.path, f"more than {MOST_LEVELS} levels of tables")
        self.waiting = waiting
        if self.table.vector is not None:
            self.own = self.noted_vector(self.table.vector, self.path)
        for key, value in self.table._values.items():
            path = f"{self.path}.{key}" if self.path else str(key)
            if not isinstance(key, str):
                raise self.error(path, f"a key of type {type(key).__name__}")
            self.entries.append((self.utf8(key, path), self.noted(value, path)))
        self.entries.sort(key=lambda entry: entry[0])

    def utf8(self, text: str, path: str) -> bytes:
        try:
            return text.encode()
        except UnicodeEncodeError:
            raise self.error(path, "a text with half of a character") from None

    def noted(self, value: Any, path: str) -> tuple:
        try:
            value = _natural(value)
        except TblError as error:
            raise self.error(path, f"{error.place}: {error.reason}") from None
        if value is None or isinstance(value, bool):
            return (NIL, None, 0) if value is None else (BOOL, None, int(value))
        if isinstance(value, str):
            return STRING, None, self.utf8(value, path)
        if isinstance(value, (bytes, bytearray)):
            return BYTES, None, bytes(value)
        if isinstance(value, Vector) and value.type != "value":
            return self.noted_vector(value, path)
        if isinstance(value, (Table, Vector)):
            child = _TableWriter(_table(value), path, self.level + 1)
            self.waiting.append(child)
            return TABLE, None, child
        try:
            number = _typed(value)
        except TblError:
            raise self.error(path, f"the integer {value} is beyond 64 bits") from None
        if not isinstance(number, Scalar):
            raise self.error(path, f"no tbl holds a value of type {type(value).__name__}")
        kind, bits = BY_NAME[number.type], number.bits
        is_negative = kind.name[0] == "i" and bits >> (8 * kind.width - 1)
        return kind.code, None, bits | (-1 << 8 * kind.width & 0xFFFFFFFFFFFFFFFF if is_negative else 0)

    def noted_vector(self, vector: Vector, path: str) -> tuple:
        kind, elements = BY_NAME[vector.type], vector._packed()
        if not kind.width:
            elements = [self.noted(value, f"{path}[{at}]") for at, value in enumerate(elements)]
            for at, (code, shape, _) in enumerate(elements):
                if kind.code != VALUE and (code != kind.code or shape is not None):
                    raise self.error(f"{path}[{at}]", f"not of type {kind.name}, as the vector is")
        return kind.code, vector.shape, elements

    def write(self) -> None:
        self.parts, self.end = [bytes(HEADER_BYTES)], HEADER_BYTES
        own = self.record(self.own) if self.own else bytes(RECORD.size)
        self.align(8)
        entries = []
        for key, value in self.entries:
            entries.append((self.append(key), len(key), self.record(value)))
        self.align(8)
        seed, hashes, slots = self.index([key for key, _ in self.entries])
        for hashed, (offset, length, record) in zip(hashes, entries):
            self.append(struct.pack("<III", hashed, offset, length) + record)
        self.append(struct.pack(f"<{len(slots)}I", *slots))
        head = HEADER.pack(MAGIC, VERSION, 0, 0, self.end, len(entries), seed, self.height, 0, 0, 0, 0, 0, 0)
        self.parts[0] = head[:20] + own
        self.data = b"".join(self.parts)
        self.parts, self.entries, self.own = [], [], None

    def taken(self) -> bytes:
        """What was written, which is held no longer."""
        data, self.data = self.data, b""
        return data

    def record(self, value: tuple) -> bytes:
        """Writes the regions of a value, and gives its record."""
        code, shape, content = value
        if shape is not None:
            return self.vector(BY_CODE[code], shape, content)
        if code == TABLE:
            self.height = max(self.height, content.height + 1)
            content = content.taken()
            return RECORD.pack(code, 0, 0, self.append(content, 8), len(content))
        if code in (STRING, BYTES):
            return RECORD.pack(code, 0, 0, self.append(content), len(content))
        return RECORD.pack(code, 0, 0, content & 0xFFFFFFFF, content >> 32)

    def vector(self, kind: Type, shape: Sequence[int], elements: Any) -> bytes:
        width, count = kind.width or (8 if kind.code == VALUE else 4), math.prod(shape)
        if len(shape) > 1:
            first = _up(self.end + 4 * len(shape), max(4, width))
            self.append(bytes(first - 4 * len(shape) - self.end) + struct.pack(f"<{len(shape)}I", *shape))
        if kind.width:
            offset = self.append(elements, width)
        elif kind.code == VALUE:
            offset = self.append(bytes(ELEMENT_BYTES * count), width)
            place = len(self.parts) - 1
            self.parts[place] = b"".join([bytes(4) + self.record(element) for element in elements])
        else:
            parts = [content for _, _, content in elements]
            if kind.code == TABLE:
                self.height = max([self.height, *(part.height + 1 for part in parts)])
                parts = [part.taken() for part in parts]
            ends = itertools.accumulate(map(len, parts), initial=0)
            offset = self.append(struct.pack(f"<{count + 1}I", *ends), 4)
            self.align(8 if kind.code == TABLE else 1)
            for part in parts:
                self.append(part)
        return RECORD.pack(kind.code | VECTOR_BIT, len(shape), 0, offset, count)

    def align(self, alignment: int) -> None:
        self.append(bytes(-self.end % alignment))

    def append(self, part: Any, alignment: int = 1) -> int:
        offset = _up(self.end, alignment)
        if offset + len(part) > MOST_BYTES:
            raise self.error(self.path, f"more than {MOST_BYTES} bytes")
        if offset > self.end:
            self.parts.append(bytes(offset - self.end))
        self.parts.append(part)
        self.end = offset + len(part)
        return offset

    def index(self, keys: list) -> tuple:
        """The seed of the hash, the hashes and the slots of the index."""
        for seed in range(SEEDS):
            hashes = [_key_hash(key, seed) for key in keys]
            slots = [0] * _slot_count(len(keys))
            if not slots or all(_is_put(slots, number, hashed) for number, hashed in enumerate(hashes, 1)):
                return seed, hashes, slots
        raise self.error(self.path, f"no seed spreads its {len(keys)} keys")


def _is_put(slots: list, number: int, hashed: int) -> bool:
    """Puts the number of an entry into the first empty slot from its home on, if that is near enough."""
    for at in range(hashed, hashed + MOST_PROBES):
        if not slots[at & (len(slots) - 1)]:
            slots[at & (len(slots) - 1)] = number
            return True
    return False


# JSON.


def to_json(table: Any, non_finite: str = "refused") -> str:
    """A table as JSON, by the convention of the format.

    NaN and the infinities, which JSON lacks, are refused with a `TblError`; or they become `"null"`, or `"text"`,
    which is "NaN", "Infinity" and "-Infinity".
    """
    if non_finite not in ("refused", "null", "text"):
        raise ValueError(f"{non_finite!r} is not refused, null or text")
    parts: list = []
    # Each iterator gives texts, and iterators for what stands inside.
    inside = [_json(_table(table), "", non_finite)]
    while inside:
        for part in inside[-1]:
            if not isinstance(part, str):
                inside.append(part)
                break
            parts.append(part)
        else:
            inside.pop()
    return "".join(parts)


def _json(value: Any, path: str, non_finite: str) -> Iterator[Any]:
    value = _natural(value)
    if isinstance(value, Vector):
        flat = value._flat()
        if value.type in ("table", "value"):
            elements: Iterator[Any] = (_json(part, f"{path}[{at}]", non_finite) for at, part in enumerate(flat))
        else:
            elements = (_json_text(part, path, non_finite, at) for at, part in enumerate(flat))
        yield _json_array(elements, value.shape) if flat else "[]"
    elif isinstance(value, Table) and value.vector is not None and not value:
        yield _json(value.vector, path, non_finite)
    elif isinstance(value, Table):
        if value.vector is not None:
            yield '{"$vector":'
            yield _json(value.vector, path, non_finite)
        for at, (key, member) in enumerate(value.items()):
            before = "," if at or value.vector is not None else "{"
            yield before + json.dumps("$" + key if key[:1] == "$" else key, ensure_ascii=False) + ":"
            yield _json(member, f"{path}.{key}" if path else key, non_finite)
        yield "}" if value or value.vector is not None else "{}"
    else:
        yield _json_text(_plain(value), path, non_finite)


def _json_text(value: Any, path: str, non_finite: str, element: Optional[int] = None) -> str:
    if isinstance(value, (bytes, bytearray)):
        return '{"$bytes":"' + base64.b64encode(value).decode() + '"}'
    if isinstance(value, float) and math.isfinite(value):
        return float.__repr__(value)
    if not isinstance(value, float):
        return json.dumps(value, ensure_ascii=False)
    if non_finite == "refused":
        place = path if element is None else f"{path}[{element}]"
        raise TblError(place or "the table", f"JSON has no number for {value}")
    return "null" if non_finite == "null" else f'"{json.dumps(value)}"'


def _json_array(elements: Iterator[Any], shape: Sequence[int]) -> Iterator[Any]:
    for at in range(shape[0]):
        yield "," if at else "["
        yield next(elements) if len(shape) == 1 else _json_array(elements, shape[1:])
    yield "]"


def _main(arguments: list) -> int:
    if len(arguments) != 1:
        print("usage: tbl.py FILE|-", file=sys.stderr)
        return 1
    try:
        # What cannot be written must be told here, not at the interpreter's end.
        with open(0 if arguments[0] == "-" else arguments[0], "rb") as file, open(1, "wb") as output:
            output.write((to_json(validate(file.read()), non_finite="null") + "\n").encode())
        return 0
    except TblError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"tbl, {arguments[0]}: {error.strerror}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
