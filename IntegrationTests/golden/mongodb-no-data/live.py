db.a.update_one({"_id": 1}, {"$set": {"v": 2}});
db.a.update_one({"_id": 1}, {"$inc": {"v": 1}});
db.a.delete_one({"_id": 1});
db.b.insert_one({"_id": 2})
