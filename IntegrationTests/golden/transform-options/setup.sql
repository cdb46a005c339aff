create table t (id int primary key, v text default 'dflt', n numeric(6,2), big bigint, small smallint, f real, d double precision, b boolean,
  at timestamp(3), tz timestamptz, day date, txt text, tags text[], tracingspancontext text);
alter table t replica identity full;
create table plain (a int, tz timestamptz);
create table twice (id int, sub text default 'none', tz timestamptz, note text, primary key (id, sub));
alter table twice replica identity full;
create table stamped (at timestamp(3) primary key, v text);
create table outbox (id uuid primary key, aggregatetype text not null, aggregateid text not null, type text not null, payload text, at timestamp(6));
create table sized (id int primary key, short text, long text, longer text, bin bytea);
insert into t values
  (1, 'one', 1.5, 1709210096789000000, -3, 1.25, 1e10, true, '2024-02-29 12:34:56.789', '2024-07-01 12:00:00.5+00', '1999-12-31', '2024-02-29 01:02', '{a,"b c",null}',
    E'#comment\ntraceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
  (2, null, -123.45, -1, 300, -0.1, -2.5, false, '1969-12-31 23:59:59.999', '1900-01-01 00:00:00+00', '0001-01-01', '1970-01-01 00:00', '{}', ''),
  (3, null, null, null, null, null, null, null, null, null, null, null, null, null);
insert into plain values (1, '2024-01-01 00:00:00+00'), (null, null);
insert into twice values (1, 'a', '2024-01-01 00:00:00+00', null), (2, 'b', null, 'two');
insert into stamped values ('2024-02-29 12:34:56.789', 'x'), ('1969-12-31 23:59:59.999', null);
insert into outbox values ('11111111-1111-1111-1111-111111111111', 'Order', 'o-1', 'created', '{"a":1}', '2024-01-01 10:00:00.123456');
insert into sized values (1, 'short', repeat('long ', 300), repeat('ü€😀', 500), decode(repeat('00ff', 900), 'hex')), (2, repeat('x', 999), repeat('y', 1001), null, '\x00');
create table d_insert (id int primary key, v text default 'dflt', n int default 5, at timestamp(3) default '2024-01-01');
insert into d_insert values (1, null, null, null), (2, 'x', 6, '2024-02-29 12:34:56.789');
create table d_mask (id int primary key, v text default 'dflt', n int default 5, at timestamp(3) default '2024-01-01');
insert into d_mask values (1, null, null, null), (2, 'x', 6, '2024-02-29 12:34:56.789');
create table d_meta (id int primary key, v text default 'dflt', n int default 5, at timestamp(3) default '2024-01-01');
insert into d_meta values (1, null, null, null), (2, 'x', 6, '2024-02-29 12:34:56.789');
create table d_time (id int primary key, v text default 'dflt', n int default 5, at timestamp(3) default '2024-01-01');
insert into d_time values (1, null, null, null), (2, 'x', 6, '2024-02-29 12:34:56.789');
create table d_header (id int primary key, v text default 'dflt', n int default 5, at timestamp(3) default '2024-01-01');
insert into d_header values (1, null, null, null), (2, 'x', 6, '2024-02-29 12:34:56.789');
create table d_cast (id int primary key, v text default 'dflt', n int default 5, at timestamp(3) default '2024-01-01');
insert into d_cast values (1, null, null, null), (2, 'x', 6, '2024-02-29 12:34:56.789');
create table d_replace (id int primary key, v text default 'dflt', n int default 5, at timestamp(3) default '2024-01-01');
insert into d_replace values (1, null, null, null), (2, 'x', 6, '2024-02-29 12:34:56.789');
create table d_key (id int primary key, v text default 'dflt', n int default 5, at timestamp(3) default '2024-01-01');
insert into d_key values (1, null, null, null), (2, 'x', 6, '2024-02-29 12:34:56.789');
create table d_extract (id int primary key, v text default 'dflt', n int default 5, at timestamp(3) default '2024-01-01');
insert into d_extract values (1, null, null, null), (2, 'x', 6, '2024-02-29 12:34:56.789');
