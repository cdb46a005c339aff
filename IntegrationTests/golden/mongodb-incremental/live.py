db.plain.insert_one({"_id": 50, "v": "before"});
db.signals.insert_one({"_id": "one", "type": "execute-snapshot", "data": {"data-collections": ["golden_mongodb_incremental.plain", "golden_mongodb_incremental.empty"], "type": "incremental"}});
__import__("time").sleep(2);
db.plain.update_one({"_id": 3}, {"$set": {"v": "between"}});
db.plain.delete_one({"_id": 4});
db.signals.insert_one({"type": "execute-snapshot", "data": {"data-collections": ["golden_mongodb_incremental.texts", "golden_mongodb_incremental.obj.*"]}});
__import__("time").sleep(2);
db.signals.insert_one({"_id": "three", "type": "execute-snapshot", "data": {"data-collections": ["golden_mongodb_incremental.plain"], "additional-conditions": [{"data-collection": "golden_mongodb_incremental.plain", "filter": "{\"n\": {\"$gte\": 2}}"}]}});
__import__("time").sleep(2);
db.signals.insert_one({"_id": "four", "type": "log", "data": {"message": "here {}"}});
db.plain.insert_one({"_id": 51, "v": "after"})
