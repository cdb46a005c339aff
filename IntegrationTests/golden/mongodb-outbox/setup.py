db.outbox.insert_one({"_id": ObjectId("65e0000000000000000000a1"), "aggregatetype": "Order", "aggregateid": "o-1", "type": "created",
    "payload": {"a": 1, "b": "x \"y\" \U0001F600", "c": [1, 2], "d": {"e": True, "f": None}, "g": 1.5}, "version": 1, "at": Int64(1704103200123), "part": 1, "note": "n1"})
db.outbox.insert_one({"_id": ObjectId("65e0000000000000000000a2"), "aggregatetype": "Customer", "aggregateid": "c-1", "type": "made",
    "payload": "plain text", "version": 2, "at": Int64(1704103200124), "part": 0, "note": "n2"})
db.plain.insert_one({"_id": 1, "v": "x"})
