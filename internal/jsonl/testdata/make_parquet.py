"""Writes the Parquet files of this folder. Needs pyarrow; run it in this folder, then go test -update."""

import datetime
import decimal

import pyarrow as pa
import pyarrow.parquet as pq

rows = [
    {
        "id": "a", "n": 1, "u": 2**64 - 1, "u32": 2**32 - 1, "f": 0.5, "f32": 0.1, "ok": True, "tests": ["assert 1", None, ""],
        "who": {"name": "é\"\\\n\x00", "age": None}, "programs": [{"id": "p", "verdicts": ["pass"]}, {"id": "q", "verdicts": []}],
        "matrix": [[1, 2], [], None], "map": [("k", 1), ("l", None)], "day": datetime.date(2024, 2, 29),
        "at": datetime.datetime(2024, 2, 29, 12, 30, 0, 250000), "dec": decimal.Decimal("-12.050"), "bytes": b"raw", "nothing": None,
    },
    {"id": "b"},
    {"id": "c", "f": float("nan"), "tests": [], "who": {}, "programs": [], "matrix": [], "map": [], "dec": decimal.Decimal("0.005")},
    {"id": "d", "f": float("inf")},
    {"id": "e", "bytes": b"\xff"},
    {"id": "f", "n": -1},
]
schema = pa.schema([
    ("id", pa.string()), ("n", pa.int32()), ("u", pa.uint64()), ("u32", pa.uint32()), ("f", pa.float64()), ("f32", pa.float32()), ("ok", pa.bool_()),
    ("tests", pa.list_(pa.string())), ("who", pa.struct([("name", pa.string()), ("age", pa.int64())])),
    ("programs", pa.list_(pa.struct([("id", pa.string()), ("verdicts", pa.list_(pa.string()))]))),
    ("matrix", pa.list_(pa.list_(pa.int64()))), ("map", pa.map_(pa.string(), pa.int64())), ("day", pa.date32()),
    ("at", pa.timestamp("us", tz="UTC")), ("dec", pa.decimal128(10, 3)), ("bytes", pa.binary()), ("nothing", pa.null()),
])
table = pa.Table.from_pylist(rows, schema=schema)
pq.write_table(table, "element.parquet", row_group_size=2)
pq.write_table(table, "item.parquet", use_compliant_nested_type=False, compression="gzip", data_page_version="2.0",
               use_dictionary=False)
pq.write_table(table, "int96.parquet", use_deprecated_int96_timestamps=True, compression="zstd", version="1.0")
pq.write_table(table.slice(0, 0), "empty.parquet")
