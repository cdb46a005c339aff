-- COUNT rows to snapshot (items), and an empty table (stream) with two procedures that copy them there in transactions of 1,000:
-- fill by an insert a row, fill_many by an insert of 1,000 rows, whose rows share few events. Six columns, about 300 bytes a row.
create table digits (d int primary key);
insert into digits values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
create table items (id bigint primary key, name text, amount decimal(12,2), created timestamp(6) null, flag boolean, payload json);
insert into items
  select i, concat('name ', i), (i % 1000000) / 100, timestamp '2024-01-01 00:00:00' + interval i second, i % 2 = 0,
    json_object('id', i, 'tags', json_array('alpha', 'beta', 'gamma'), 'score', (i % 997) / 7, 'text', repeat(sha2(i, 256), 2), 'nested', json_object('a', i % 10, 'b', true))
  from (select 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d + 1000000 * h.d as i
        from digits a, digits b, digits c, digits e, digits f, digits g, digits h) numbers where i <= COUNT;
create table stream like items;
analyze table items;
delimiter //
create procedure fill()
begin
  declare n int default 0; declare finished int default 0;
  declare v_id bigint; declare v_name text; declare v_amount decimal(12,2); declare v_created timestamp(6); declare v_flag boolean; declare v_payload json;
  declare c cursor for select * from items; declare continue handler for not found set finished = 1;
  set autocommit = 0;
  open c;
  rows_: loop
    fetch c into v_id, v_name, v_amount, v_created, v_flag, v_payload;
    if finished then leave rows_; end if;
    insert into stream values (v_id, v_name, v_amount, v_created, v_flag, v_payload);
    set n = n + 1;
    if n % 1000 = 0 then commit; end if;
  end loop;
  commit;
end //
create procedure fill_many()
begin
  declare n int default 0; declare last int default (select max(id) from items);
  while n < last do
    insert into stream select * from items where id > n and id <= n + 1000 order by id;
    set n = n + 1000;
  end while;
end //
delimiter ;
