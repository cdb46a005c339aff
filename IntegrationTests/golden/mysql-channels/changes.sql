set session binlog_rows_query_log_events = on;
/* why */ insert into t values (3, 'three'), (4, 'four');
start transaction; update t set v = 'x' where id = 1; update t set v = 'y' where id > 2; delete from t where id = 2; commit;
insert into t values (5, "quoted ' ü");
