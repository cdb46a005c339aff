db.a.insert_one({"_id": 1, "v": 1})
