db.a.insert_many([{"_id": 1, "v": 1}, {"_id": 2, "v": 1}])
db.b.insert_one({"_id": 1, "v": 1})
