insert into t values (4, 'four');
update t set v = 'x' where id = 1;
delete from t where id = 2;
select pg_drop_replication_slot('golden_snapshot_configured_data_error');
insert into t values (5, 'five');
