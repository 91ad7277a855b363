"""The other side of the tests of TblArrow: pyarrow and pandas, which write streams and read ours.

    arrow_peer.py make FOLDER      writes each stream that the tests know to FOLDER/NAME
    arrow_peer.py corpus           prints those streams as Swift
    arrow_peer.py check FOLDER     checks the streams NAME that the tests wrote to FOLDER
    arrow_peer.py rewrite FOLDER   reads each FOLDER/N.ours, and writes it in other batches to N.stream,
                                   and as a file to N.file
"""

import base64
import pathlib
import sys
import textwrap

import pandas as pd
import pyarrow as pa


def stream(batches, schema=None, **options):
    """The batches as a stream."""
    sink = pa.BufferOutputStream()
    schema = batches[0].schema if schema is None else schema
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        for batch in batches:
            writer.write(batch)
    return sink.getvalue().to_pybytes()


def file(table):
    """The table as a file of two batches."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return sink.getvalue().to_pybytes()


def batch(**columns):
    return pa.record_batch(columns)


def numbers():
    def half(sign):
        columns = {}
        for bits in (8, 16, 32, 64):
            edge = 2 ** (bits - 1)
            columns[f"i{bits}"] = pa.array([-edge, edge - 1] if sign else [0], f"int{bits}")
            columns[f"u{bits}"] = pa.array([0, 2 * edge - 1] if sign else [7], f"uint{bits}")
        for bits, name in ((16, "half_float"), (32, "float"), (64, "double")):
            columns[f"f{bits}"] = pa.array([-0.5, 1.5] if sign else [2.0], getattr(pa, f"float{bits}")())
        return batch(**columns)

    return stream([half(True), half(False)])


def texts():
    words = ["a", "", None, "é😀", "words"]
    blobs = [b"\xff\x00", None, b"", b"abc", b"xyz"]
    return stream(
        [
            batch(
                utf8=pa.array(words),
                large=pa.array(words, pa.large_string()),
                binary=pa.array(blobs),
                largeBinary=pa.array(blobs, pa.large_binary()),
                fixed=pa.array([b"abc", None, b"def", b"ghi", b"\xff\xff\xff"], pa.binary(3)),
                plain=pa.array(["p", "q", "r", "s", "ß"]),
            ).slice(start, length)
            for start, length in ((0, 1), (1, 3), (4, 1))
        ]
    )


def nulls():
    return stream(
        [
            batch(
                late=pa.array([1, 2], "int32"),
                bools=pa.array([True, None]),
                none=pa.nulls(2),
                half=pa.array([None, 1.5], pa.float16()),
            ),
            batch(
                late=pa.array([None, 4, None], "int32"),
                bools=pa.array([False, None, True]),
                none=pa.nulls(3),
                half=pa.array([0.5, None, 2.5], pa.float16()),
            ),
        ]
    )


def hidden():
    """Values stand where a bitmap says null."""
    bitmap = pa.py_buffer(bytes([0b101]))
    ints = pa.Array.from_buffers(
        pa.int16(), 3, [bitmap, pa.py_buffer(bytes([1, 0, 9, 9, 3, 0]))], null_count=1
    )
    offsets = pa.py_buffer(b"".join(n.to_bytes(4, "little") for n in (0, 1, 3, 4)))
    words = pa.Array.from_buffers(
        pa.string(), 3, [bitmap, offsets, pa.py_buffer(b"a\xff\xfeb")], null_count=1
    )
    return stream([batch(ints=ints, words=words)])


def times():
    return stream(
        [
            batch(
                second=pa.array([0, -1], pa.timestamp("s")),
                zoned=pa.array([1, None], pa.timestamp("ns", tz="Europe/Berlin")),
                date32=pa.array([19000, 1], pa.date32()),
                date64=pa.array([86400000, 0], pa.date64()),
                time32=pa.array([5, 6], pa.time32("ms")),
                time64=pa.array([7, 8], pa.time64("us")),
                duration=pa.array([9, -9], pa.duration("us")),
            )
        ]
    )


def dictionaries():
    def part(words, codes):
        return batch(
            words=pa.DictionaryArray.from_arrays(pa.array(codes, pa.int8()), pa.array(words)),
            ints=pa.array([10, 20, 10]).dictionary_encode(),
            bools=pa.DictionaryArray.from_arrays(pa.array([1, 0, 1], pa.uint16()), pa.array([True, False])),
            nothing=pa.DictionaryArray.from_arrays(pa.array([None] * 3, pa.int8()), pa.nulls(0)),
        )

    # The second batch replaces the dictionary, the third adds to it.
    return stream(
        [
            part(["red", "green"], [1, None, 0]),
            part(["blue", None], [1, 0, 0]),
            part(["blue", None, "cyan"], [2, 1, 0]),
        ],
        emit_dictionary_deltas=True,
    )


def sliced():
    whole = batch(
        ints=pa.array(range(20), "uint16"),
        words=pa.array([str(n) for n in range(20)]),
        bools=pa.array([n % 3 == 0 for n in range(20)]),
        sparse=pa.array([n if n % 2 else None for n in range(20)], "int8"),
    )
    return stream([whole.slice(3, 9), whole.slice(13, 1), whole.slice(14, 0)])


def lists():
    return stream(
        [
            batch(
                positions=pa.array([[1, 2, 3], [4, 5, 6]], pa.list_(pa.float32(), 3)),
                matrices=pa.array([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], pa.list_(pa.list_(pa.uint8(), 2), 2)),
                words=pa.array([["a", "b"], ["c", ""]], pa.list_(pa.string(), 2)),
                sparse=pa.array([None, [7, 8]], pa.list_(pa.int16(), 2)),
                flags=pa.array([[True, False, True], [False] * 3], pa.list_(pa.bool_(), 3)),
            )
        ]
    )


def structs():
    return stream(
        [
            batch(
                point=pa.array([{"x": 1.5, "name": "a"}, {"x": 2.5, "name": None}]),
                sparse=pa.array([{"x": 1}, None], pa.struct([("x", pa.int64())])),
                mistakable=pa.array([{"values": 1}, {"values": 2}]),
                empty=pa.array([{}, {}], pa.struct([])),
            )
        ]
    )


def frame():
    table = pd.DataFrame(
        {
            "city": pd.Categorical(["Bonn", "Köln", None, "Bonn"]),
            "word": ["a", None, "c", "d"],
            "when": pd.array([1, 2, None, -1], dtype="Int64").astype("datetime64[ns]"),
            "number": [1.0, 2.5, None, 4.0],
            "count": pd.array([1, None, 3, 4], dtype="Int64"),
        },
        index=pd.Index([10, 20, 30, 40], name="id"),
    )
    return stream(pa.Table.from_pandas(table).to_batches())


def empty():
    return stream([batch(ints=pa.array([], "int8"), words=pa.array([], pa.string()))])


def no_batches():
    fields = [("ints", pa.int8()), ("cat", pa.dictionary(pa.int8(), pa.string())), ("pair", pa.list_(pa.int8(), 2))]
    return stream([], pa.schema(fields))


def no_columns():
    return stream([], pa.schema([]))


def as_file():
    words = pa.array(["x", "y", None]).dictionary_encode()
    return file(pa.table({"n": pa.array([1, 2, 3], "int64"), "w": words}))


def legacy():
    """As before version 1.0 of the format: version 4 of messages, and no mark before their lengths."""
    return stream(
        [batch(n=pa.array([1, None], "int8"))],
        metadata_version=pa.MetadataVersion.V4,
        use_legacy_format=True,
    )


def refused(column, **options):
    return lambda: stream([pa.record_batch({"fine": pa.array([1]), "strange": column()})], **options)


STREAMS = {
    "numbers": numbers,
    "texts": texts,
    "nulls": nulls,
    "hidden": hidden,
    "times": times,
    "dictionaries": dictionaries,
    "sliced": sliced,
    "lists": lists,
    "structs": structs,
    "frame": frame,
    "empty": empty,
    "noBatches": no_batches,
    "noColumns": no_columns,
    "file": as_file,
    "legacy": legacy,
    "refused Decimal": refused(lambda: pa.array([None], pa.decimal128(9, 2))),
    "refused List": refused(lambda: pa.array([[1]])),
    "refused LargeList": refused(lambda: pa.array([[1]], pa.large_list(pa.int8()))),
    "refused Map": refused(lambda: pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int8()))),
    "refused Interval": refused(lambda: pa.array([None], pa.month_day_nano_interval())),
    "refused Utf8View": refused(lambda: pa.array(["a"], pa.string_view())),
    "refused RunEndEncoded": refused(lambda: pa.array([1], pa.run_end_encoded(pa.int32(), pa.int8()))),
    "refused a null within a list": refused(lambda: pa.array([[1, None]], pa.list_(pa.int8(), 2))),
    "refused lists of structs": refused(lambda: pa.array([[{"a": 1}]], pa.list_(pa.struct([("a", pa.int8())]), 1))),
    "refused LZ4": refused(lambda: pa.array([1]), compression="lz4"),
    "refused ZSTD": refused(lambda: pa.array([1]), compression="zstd"),
}


def read(path):
    table = pa.ipc.open_stream(path.read_bytes()).read_all()
    table.validate(full=True)
    return table


def check_numbers(table):
    sizes = (8, 16, 32, 64)
    want = {f"i{bits}": f"int{bits}" for bits in sizes} | {f"u{bits}": f"uint{bits}" for bits in sizes}
    want |= {"f16": "halffloat", "f32": "float", "f64": "double"}
    assert {field.name: str(field.type) for field in table.schema} == want, table.schema
    assert not any(field.nullable for field in table.schema)
    for bits in sizes:
        edge = 2 ** (bits - 1)
        assert table[f"i{bits}"].to_pylist() == [-edge, 0, edge - 1]
        assert table[f"u{bits}"].to_pylist() == [0, 1, 2 * edge - 1]
    for bits in (16, 32, 64):
        assert table[f"f{bits}"].to_pylist() == [-0.5, 0.0, 1.5]
    assert table.to_pandas()["i64"].dtype == "int64"


def check_texts(table):
    assert table["words"].type == pa.string() and table["blobs"].type == pa.binary()
    assert table["words"].to_pylist() == ["a", "", "é😀", "words"]
    assert table["blobs"].to_pylist() == [b"", b"\xff", b"\x00\x01", b"abc"]
    assert table["sparse"].to_pylist() == ["x", None, None, "y"]
    assert table["sparse"].null_count == 2
    assert table.to_pandas()["words"].tolist() == ["a", "", "é😀", "words"]


def check_nulls(table):
    assert table["ints"].to_pylist() == [1, None, 3] and table["ints"].type == pa.int32()
    assert table["bools"].to_pylist() == [True, None, False]
    assert table["none"].to_pylist() == [None] * 3 and table["none"].type == pa.null()
    assert table["whole"].to_pylist() == [1.0, 2.0, 3.0] and table.schema.field("whole").nullable
    assert table["rows"].to_pylist() == [[1, 2], None, [5, 6]]
    assert table["struct"].to_pylist() == [None, {"x": 2}, {"x": 3}]
    assert table.to_pandas()["ints"].isna().tolist() == [False, True, False]


def check_times(table):
    assert [str(field.type) for field in table.schema] == [
        "timestamp[ns]", "timestamp[s, tz=UTC]", "date32[day]", "date64[ms]", "time32[s]", "time32[ms]",
        "time64[us]", "time64[ns]", "duration[ms]",
    ]
    assert table.to_pandas()["stamp"].tolist() == [pd.Timestamp(0), pd.NaT]
    assert str(table["date"][0].as_py()) == "1970-01-02"


def check_shapes(table):
    assert table["positions"].type == pa.list_(pa.field("item", pa.float32(), False), 3)
    assert table["positions"].to_pylist() == [[1, 2, 3], [4, 5, 6]]
    assert table["deep"].to_pylist() == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    assert table["words"].to_pylist() == [["a", "b"], ["c", "d"]]
    assert table["flags"].to_pylist() == [[True, False, True], [False, False, True]]
    assert table["point"].to_pylist() == [{"x": 1.5, "y": "a"}, {"x": 2.5, "y": "b"}]


def check_batches(table):
    assert [chunk.num_rows for chunk in table.to_batches()] == [7, 7, 7, 4]
    assert table["n"].to_pylist() == list(range(25))
    assert table["words"].to_pylist() == [str(n) for n in range(25)]
    assert table["flags"].to_pylist() == [n % 3 == 0 for n in range(25)]
    assert table["sparse"].to_pylist() == [n if n % 4 else None for n in range(25)]
    assert table["pairs"].to_pylist() == [[n, n + 100] for n in range(25)]


def check_empty(table):
    assert table.num_rows == 0 and table.schema.names == ["ints", "words", "pairs"]


def check_large(table):
    assert table["words"].type == pa.large_string() and table["blobs"].type == pa.large_binary()
    assert table["words"].to_pylist() == ["abc", "", "defg"]
    assert table["blobs"].to_pylist() == [b"abc", b"", b"defg"]


CHECKS = {
    "numbers": check_numbers,
    "texts": check_texts,
    "nulls": check_nulls,
    "times": check_times,
    "shapes": check_shapes,
    "batches": check_batches,
    "empty": check_empty,
    "large": check_large,
}


def main(command, folder=None):
    folder = folder and pathlib.Path(folder)
    if command == "make":
        for name, make in STREAMS.items():
            (folder / name).write_bytes(make())
    elif command == "corpus":
        print("/// Streams that pyarrow wrote, in base64; `arrow_peer.py corpus` prints this file.")
        print("public let arrowCorpus: [(name: String, base64: String)] = [")
        for name, make in STREAMS.items():
            print(f'  (\n    "{name}",\n    """')
            for line in textwrap.wrap(base64.b64encode(make()).decode(), 95):
                print(f"    {line}\\")
            print('\n    """\n  ),')
        print("]")
    elif command == "check":
        for name, check in CHECKS.items():
            check(read(folder / name))
        print(f"{len(CHECKS)} checked")
    elif command == "rewrite":
        paths = sorted(folder.glob("*.ours"))
        for number, path in enumerate(paths):
            table = read(path)
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table, max_chunksize=1 + number % 7)
            path.with_suffix(".stream").write_bytes(sink.getvalue())
            path.with_suffix(".file").write_bytes(file(table))
        print(f"{len(paths)} rewritten")


main(*sys.argv[1:])
