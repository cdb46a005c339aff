-- COUNT rows to snapshot (items), and an empty table (stream) with a procedure that inserts them in transactions of 1,000.
-- Six columns, about 300 bytes a row.
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
create procedure fill(last int)
begin
  declare n int default 0;
  while n < last do
    insert into stream select * from items where id > n and id <= n + 1000 order by id;
    set n = n + 1000;
  end while;
end //
delimiter ;
