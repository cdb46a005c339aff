oid = ObjectId("65e0c0de65e0c0de65e0c0de")
db.things9.insert_many([
    SON([("_id", 1), ("t", "one"), ("i", 1), ("l", Int64(5)), ("d", 1.5), ("w", 2.0), ("b", True), ("n", {"x": 1, "y": {"z": "deep"}}), ("a", [1, 2, 3]), ("s", ["x", "y"]), ("o", oid)]),
    SON([("_id", oid), ("date", datetime.datetime(2024, 2, 29, 13, 14, 15, 123000)), ("dec", Decimal128("1234567890.1234567890")), ("bin", Binary(b"\x00\xff", 0)), ("uuid", Binary(b"0123456789abcdef", 4)),
         ("null", None), ("ts", Timestamp(1709212455, 3)), ("re", Regex("^a", "i")), ("code", Code("f()")), ("big", Int64(9007199254740993))]),
    SON([("_id", "text"), ("docs", [{"k": 1, "v": "a"}, {"k": 2, "v": "b"}]), ("empty", []), ("none", {}), ("nested", [[1, 2], [3]]), ("t", "two")]),
    SON([("_id", {"a": 1, "b": "x"}), ("docs", [{"k": 1}, {"v": "b", "k": 2}]), ("nulls", [None, None]), ("dates", [datetime.datetime(2024, 1, 1)]), ("oids", [oid]), ("decs", [Decimal128("1.0"), Decimal128("NaN")])]),
    SON([("_id", Int64(7)), ("1st", 1), ("a-b", 2), ("ü", 4), ("t", ""), ("ref", DBRef("other", 5))]),
    SON([("_id", 1.5), ("nan", float("nan")), ("inf", float("inf")), ("mixed docs", [{"k": 1}, {"k": 2, "m": {"n": None}}])]),
])
