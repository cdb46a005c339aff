insert into shard1_orders values (2, 'a');
update shard2_orders set note = 'x' where id = 1;
update shard2_orders set id = 3 where id = 1;
delete from shard1_orders where id = 2;
update "my schema".keyless set note = 'e';
delete from "my schema".keyless;
truncate other;
insert into "my schema"."shard3_Odd name" values (2);
select pg_logical_emit_message(true, 'prefix', 'text');
