db.plain.update_one({"_id": 1}, {"$set": {"v": 1}})
db.measured.insert_one({"_id": 2, "t": datetime.datetime(2024, 1, 1), "m": "a", "v": 2})
