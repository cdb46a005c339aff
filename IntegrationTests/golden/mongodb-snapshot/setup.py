db.a.insert_many([{"_id": i, "v": i} for i in (3, 1, 2, 4)])
db.b.insert_one({"_id": 1})
db.c.insert_many([{"_id": i} for i in range(3)])
