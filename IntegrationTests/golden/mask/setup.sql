create extension citext;
create type mood as enum ('sad', 'happy');
create domain label as text;
create domain code as varchar(12);
create table cut (
  id text primary key, t text, required text not null default 'a default', v varchar(8), short varchar(4), c char(8), b bytea,
  name name, one "char", words text[], codes varchar(3)[], json json, uuid uuid, mood mood, citext citext, label label, code code,
  i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n4 numeric(4,1), n9 numeric(9,3), bool boolean, bit bit, bits bit(4),
  bits8 bit(8), varbit varbit, d date, ti time, ti0 time(0), tz timetz, ts timestamp, ts0 timestamp(0), tstz timestamptz, iv interval,
  money money, xml xml, inet inet, cidr cidr, mac macaddr, point point, range int4range, oid oid, jsonb jsonb, tsv tsvector
);
create table starred (
  id text primary key, t text, required text not null default 'a default', v varchar(4), c char(2), b bytea, name name, one "char",
  words text[], json json, uuid uuid, mood mood, citext citext, label label, code code, i4 int4, n numeric(9,3), d date, xml xml,
  inet inet, jsonb jsonb, required_int int not null
);
create table hashed (id text primary key, t text, v varchar(10), required text not null, odd text);
create table hashed2 (
  id text primary key, t text, v varchar(20), c char(8), required varchar(12) not null default 'x', b bytea, name name, one "char",
  words text[], json json, mood mood, citext citext, label label, code code, i4 int4, required_mood mood not null
);
create table many (id int primary key, a text, b text, c text, d text);
create table emptied (id int primary key, t text, v text);
create table algorithms (
  id int primary key, md5 text, sha1 text, sha224 text, sha384 text, sha512_224 text, sha512_256 text, sha3_224 text, sha3_256 text,
  sha3_384 text, sha3_512 text
);
create table toast (id int primary key, big text, other text);
alter table hashed2 replica identity full;

insert into cut values ('abcdefgh', 'abcdefgh', 'abcdefgh', 'abcdefgh', 'abcd', 'abc', '\x0102030405060708', 'abcdefgh', 'x',
  '{abcdefgh,b}', '{abc}', '{"a":1}', '00112233-4455-6677-8899-aabbccddeeff', 'happy', 'abcdefgh', 'abcdefgh', 'abcdefgh',
  12345, 1234567, 123456789, 1.5, 1.25, 123.4, 123456.789, true, '1', '1010', '10101010', '1010101', '2024-02-29',
  '12:34:56.123456', '12:34:56', '12:34:56+01', '2024-02-29 12:34:56.123456', '2024-02-29 12:34:56', '2024-02-29 12:34:56+00',
  '1 day', '1.50', '<a>abcdefgh</a>', '192.168.0.1', '10.0.0.0/8', '08:00:2b:01:02:03', '(1,2)', '[1,10)', 7, '{"a": 1}', 'a cat');
insert into cut (id, t, required, v) values ('é', 'aé😀😀😀', '12345', '😀😀😀'), ('ab', 'abcd😀e', 'abc€éx', null), ('z', '😀', '', '12345');
insert into starred values ('abcdefgh', 'abcdefgh', 'abcdefgh', 'abcd', 'a', '\x0102', 'abcdefgh', 'x', '{abcdefgh}', '{"a":1}',
  '00112233-4455-6677-8899-aabbccddeeff', 'happy', 'abcdefgh', 'abcdefgh', 'abcdefgh', 7, 1.5, '2024-02-29', '<a>b</a>',
  '192.168.0.1', '{"a": 1}', 7), ('b', null, '', null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, 0);
insert into hashed values ('a', 'abcdefgh', 'abcd', '', E'a\u00e9\u20ac\U0001F600\x01\x7f'), ('b', null, null, 'é', repeat('é', 100)),
  ('c', repeat('x', 65535), null, 'x', repeat('x', 65536));
insert into hashed2 values ('a', 'abcdefgh', 'abcd', 'ab', 'x', '\x0102', 'name', 'x', '{a,b}', '{"a":1}', 'happy', 'cite', 'label', 'code', 7, 'sad'),
  ('b', 'é€😀', null, null, '', null, null, null, null, null, null, null, null, null, null, 'happy');
insert into many values (1, 'abcdefgh', 'abcdefgh', 'abcdefgh', 'abcdefgh');
insert into emptied values (1, 'abc', 'abc'), (2, null, null);
insert into algorithms select 1, 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x';
insert into algorithms select 2, t, t, t, t, t, t, t, t, t, t from (select repeat('0123456789', 30) t) s;
