begin; insert into a values (2, 2); select pg_logical_emit_message(true, 'p', 'x'); truncate a; commit;
