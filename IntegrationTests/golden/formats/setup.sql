create type mood as enum ('sad', 'ok', 'happy');
create table things (
  id int primary key, small smallint, big bigint not null default 5, real real, double double precision, price numeric(10,2), any_number numeric,
  flag boolean default true, name varchar(20) not null default 'x', body text, raw bytea, day date, at timestamp, at_zone timestamptz,
  span interval, uid uuid, doc jsonb, how mood, bits bit(12), place point, tags text[], counts int[], prices numeric(6,2)[]
);
insert into things values
  (1, -32768, 9223372036854775807, 1.5, -0.1, 12345678.90, 1e20, false, 'häß 漢 😀', 'text', '\x0001ff', '2024-02-29', '2024-02-29 12:34:56.789',
   '2024-02-29 12:34:56.789+02', '1 day 2 hours', '0a1b2c3d-0000-4000-8000-000000000001', '{"a": [1, null]}', 'ok', b'101010101010', '(1.5,-2)',
   '{a,NULL,"b c"}', '{1,NULL,-3}', '{1.50,NULL,-0.01}');
insert into things (id, real, double, price) values (2, 'NaN', '-Infinity', -0.01);
insert into things (id, small, body) values (3, 0, '');
create table keyless (n int, t text);
alter table keyless replica identity full;
insert into keyless values (1, 'one'), (null, null);
create table two_keys (a int, b text, v int, primary key (a, b));
insert into two_keys values (1, 'one', 1);
create table long_texts (id bigint primary key, short text, long text);
alter table long_texts alter column long set storage external;
insert into long_texts values (1, 'a', repeat('0123456789', 300));
