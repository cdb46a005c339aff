db.plain.insert_one({"_id": 50, "v": "before"});
db.signals.insert_one({"_id": "one", "type": "execute-snapshot", "data": {"data-collections": ["golden_mongodb_blocking.other", "golden_mongodb_blocking.plain"], "type": "BLOCKING"}});
__import__("time").sleep(3);
db.plain.update_one({"_id": 3}, {"$set": {"v": "between"}});
db.signals.insert_one({"_id": "two", "type": "execute-snapshot", "data": {"data-collections": ["golden_mongodb_blocking.plain"], "type": "blocking", "additional-conditions": [{"data-collection": "golden_mongodb_blocking.plain", "filter": "{\"n\": {\"$gte\": 2}}"}]}});
__import__("time").sleep(3);
db.signals.insert_one({"_id": "three", "type": "execute-snapshot", "data": {"data-collections": ["golden_mongodb_blocking.none"], "type": "blocking"}});
__import__("time").sleep(3);
db.signals.insert_one({"_id": "four", "type": "execute-snapshot", "data": {"data-collections": ["golden_mongodb_blocking.v.*", "golden_mongodb_blocking.other"], "type": "blocking"}});
__import__("time").sleep(3);
db.plain.insert_one({"_id": 51, "v": "after"})
