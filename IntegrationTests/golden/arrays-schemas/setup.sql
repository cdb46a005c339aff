create extension hstore; create extension citext; create extension ltree;
create type mood as enum ('sad', 'ok', 'so, so');
create table arrays (
  id int primary key,
  a_smallint smallint[], a_int int[], a_bigint bigint[], a_real real[], a_double double precision[], a_numeric numeric(6,2)[], a_numeric_free numeric[],
  a_bool bool[], a_char char(3)[], a_varchar varchar(9)[], a_text text[], a_uuid uuid[], a_bytea bytea[],
  a_date date[], a_time time[], a_timetz timetz[], a_ts timestamp[], a_tstz timestamptz[], a_json json[], a_jsonb jsonb[],
  a_inet inet[], a_cidr cidr[], a_macaddr macaddr[], a_oid oid[], a_mood mood[], a_citext citext[], a_ltree ltree[], a_hstore hstore[],
  a_int4range int4range[], a_numrange numrange[], a_tstzrange tstzrange[]
);
insert into arrays values (11,
  '{1,-2,NULL}', '{1,2,NULL}', '{9223372036854775807,-1}', '{1.5,NaN,0.1}', '{1e-300,Infinity,0.1}', '{1.10,2.20,NULL}', '{1,2.50,1e10}',
  '{t,f,NULL}', '{a,bcd}', '{x,"y z"}', '{a,"b c",NULL,"q\"u","b\\s","","NULL","a,b","{c}",ü}', '{c0ffee00-1234-5678-9abc-def012345678}', array['\x00ff'::bytea, '\x'::bytea],
  '{2024-02-29,1970-01-01}', '{13:14:15.123456,00:00}', '{13:14:15+02}', '{2024-02-29 13:14:15.123456,NULL}', '{2024-02-29 13:14:15.123456+00}', array['{"a": 1.50}'::json], array['{"a":1.50}'::jsonb, 'null'::jsonb],
  '{10.0.0.1,::1}', '{10.0.0.0/8}', '{08:00:2b:01:02:03}', '{1,4294967295}', '{sad,"so, so"}', '{CiText}', '{a.b}', array['k=>v'::hstore],
  array['[1,2)'::int4range, 'empty'], array['[1.5,2.5]'::numrange], array['["2024-01-01 00:00:00+00",)'::tstzrange]);
insert into arrays (id) values (12);
insert into arrays values (13, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}');
