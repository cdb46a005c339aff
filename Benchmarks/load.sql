-- :count rows to snapshot (bench.items), and as many inserts waiting behind the slot bench_base (bench.stream), in
-- transactions of 1,000. Six columns, about 300 bytes a row.
select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name like 'bench%' and not active;
drop schema if exists bench cascade;
create schema bench;
drop publication if exists bench;
create table bench.items (id bigint primary key, name text, amount numeric(12,2), created timestamptz, flag boolean, payload jsonb);
insert into bench.items
  select i, 'name ' || i, (i % 1000000) / 100.0, timestamptz '2024-01-01 00:00:00+00' + i * interval '1.001 second', i % 2 = 0,
    jsonb_build_object('id', i, 'tags', jsonb_build_array('alpha', 'beta', 'gamma'), 'score', (i % 997) / 7.0::numeric(10,4),
      'text', repeat(md5(i::text), 3), 'nested', jsonb_build_object('a', i % 10, 'b', true))
  from generate_series(1, :count) i;
vacuum analyze bench.items;
create table bench.stream (like bench.items including all);
create table bench.first (id bigint primary key, at text);
create publication bench for table bench.stream, bench.first;
select pg_create_logical_replication_slot('bench_base', 'pgoutput');
create procedure bench.fill(last int) language plpgsql as $$
begin
  for i in 0..(last - 1) / 1000 loop
    insert into bench.stream select * from bench.items where id > i * 1000 and id <= (i + 1) * 1000 order by id;
    commit;
  end loop;
end $$;
call bench.fill(:count);
checkpoint;
