db.a.insert_one({"_id": 5, "v": 5})
db.b.update_one({"_id": 1}, {"$set": {"v": 1}})
db.d.insert_one({"_id": 1})
