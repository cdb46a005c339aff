def event(number, type, payload, version=1, part=0, note="n"):
    db.outbox.insert_one({"_id": ObjectId("65e0000000000000000000%02x" % number), "aggregatetype": "Order", "aggregateid": f"o-{number}", "type": type,
                          "payload": payload, "version": version, "at": Int64(1709212455000 + number), "part": part, "note": note})


event(1, "types", {"i": 1, "l": Int64(2), "big": Int64(2**53 + 1), "d": 2.0, "e": 1e300, "dec": Decimal128("1.50"), "oid": ObjectId("65e000000000000000000001"),
    "when": datetime.datetime(2024, 2, 29, 13, 14, 15, 123000), "old": datetime.datetime(1960, 1, 1), "bin": Binary(b"\x00\xff", 0), "uuid": Binary(bytes(range(16)), 4),
    "ts": Timestamp(5, 6), "code": Code("f()"), "null": None, "empty": {}, "list": [], "s": "\u00fc\n\t\u2028"})
event(2, "documents", {"list": [{"x": 1}, {"x": 2, "y": "z"}], "deep": [[1], [2, 3]], "o": {"p": {"q": {"r": 1}}}})
event(3, "null", None)
event(4, "blank", "  ")
event(5, "json text", '{"a": 1, "b": [true], "c": {"d": null}}')
event(6, "bad text", '{"open":')
event(7, "array", [1, 2, 3], 3)
event(8, "number", 7, 4)
event(9, "types again", {"i": 3, "l": Int64(4)}, 2, 2, "other")
event(10, "regex", {"r": Regex("a.b", "ix")})
event(11, "binary", Binary(b"\x01\x02", 0), 5)
db.outbox.insert_one({"_id": "text", "aggregatetype": "Other", "aggregateid": 12, "type": "key of another type", "payload": {"a": 1}, "version": 1, "at": Int64(1709212455500),
                      "part": 1, "note": "n12"})
db.outbox.update_one({"_id": "text"}, {"$set": {"note": "changed"}})
db.outbox.delete_one({"_id": "text"})
db.plain.insert_one({"_id": 2, "v": "y"})
