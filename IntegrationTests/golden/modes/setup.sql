create extension hstore; create extension citext; create extension ltree; create extension isn; create extension seg; create extension cube;
create type mood as enum ('sad', 'ok', 'so, so');
create type pair as (a int, b text);
create type floatrange as range (subtype = float8);
create domain amount as numeric(10,3); create domain anyamount as numeric; create domain discount as amount check (value >= 0);
create domain moment as timestamp(3); create domain daytime as time(2); create domain day as date; create domain blob as bytea; create domain bag as hstore;
create domain span as interval; create domain flags as bit(12); create domain cash as money; create domain ident as uuid; create domain names as text[];
create domain shorttext as varchar(10); create domain doc as jsonb; create domain zoned as timestamptz(3); create domain positive as int;

create table numbers (
  id int primary key, c52 numeric(5,2), c20 numeric(20,0), free numeric, c38 numeric(38,10), m money, r real, f double precision, i int, b bigint,
  a numeric(6,2)[], afree numeric[], am money[], ar real[], d amount, dfree anyamount, dd discount, dm cash, dp positive
);
insert into numbers values (1, 1.5, 12345678901234567890, 100.00, 1.0000000001, 12.34, 1.5, 1e300, 7, 9, '{1.10,2.20,NULL}', '{1,2.50,1e10,-0.001}', '{1.25}', '{1.5,NaN}', 1.5, 1.50, 2.25, 0.5, 3);
insert into numbers values (2);
insert into numbers values (3, -0.01, -1, -1e-20, 1234567890123456789012345678.0123456789, -92233720368547758.08, 'NaN', '-Infinity', 0, 0, '{}', '{}', '{}', '{}', -1.001, 1e25, 0, -1, 1);
insert into numbers values (4, 999.99, 99999999999999999999, 1e131, -0.0000000001, 92233720368547758.07, 1e-45, 5e-324, 1, 1, '{0.00,-0.10}', '{123456789012345678901234567890.123456789}', null, '{-0,1e10}', 0.100, 0.1, 0.1, 1000000, 1);
insert into numbers values (5, 0, 0, 0, 0, 0.00, -0.0, -0.0, 0, 0, '{9999.99}', '{0,0.0}', null, '{3.4028235e38}', 0, 0.000, 0, 0, 0);

create table times (
  id int primary key, d date, t time, t0 time(0), t2 time(2), tz timetz, tz1 timetz(1), ts timestamp, ts0 timestamp(0), ts3 timestamp(3), ts5 timestamp(5), z timestamptz, z0 timestamptz(0), z3 timestamptz(3), i interval, i0 interval(0),
  ad date[], at time[], at0 time(0)[], atz timetz[], ats timestamp[], ats3 timestamp(3)[], az timestamptz[], ai interval[], dd day, dt daytime, dts moment, dz zoned, di span
);
insert into times values (1, '2024-02-29', '13:14:15.123456', '13:14:15', '13:14:15.12', '13:14:15.123456+02', '13:14:15.1-03:30', '2024-02-29 13:14:15.123456', '2024-02-29 13:14:15', '2024-02-29 13:14:15.123', '2024-02-29 13:14:15.12345',
  '2024-02-29 13:14:15.123456+02', '2024-02-29 13:14:15+02', '2024-02-29 13:14:15.12+02', '1 year 2 months 3 days 04:05:06.789', '1 day 00:00:01',
  '{2024-02-29,NULL}', '{13:14:15.123,00:00}', '{13:14:15}', '{13:14:15+02}', '{2024-02-29 13:14:15.123456,NULL}', '{2024-02-29 13:14:15.123}', '{2024-02-29 13:14:15.123456+00}', '{1 day}',
  '2024-02-29', '13:14:15.12', '2024-02-29 13:14:15.123', '2024-02-29 13:14:15.12+02', '2 mons');
insert into times values (2);
insert into times values (3, '1969-12-31', '00:00', '00:00', '00:00', '00:00+00', '00:00+00', '1969-12-31 23:59:59.999999', '1970-01-01 00:00:00', '1969-12-31 23:59:59.999', '1969-12-31 23:59:59.99999', '1969-12-31 23:59:59.999999+00', '1970-01-01 00:00:00+00', '1969-12-31 23:59:59.9+00', '0', '-1 mon -2 days -00:00:01',
  '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '1970-01-01', '00:00', '1970-01-01 00:00:00', '1970-01-01 00:00:00+00', '-1 year -00:00:00.5');
insert into times values (4, '2200-12-31', '23:59:59.999999', '23:59:59', '23:59:59.99', '23:59:59.5-15:59', '12:00:00.5+05:30', '2200-01-01 00:00:00.1', '2200-01-01 00:00:01', '2200-01-01 00:00:00', '2200-01-01 00:00:00.1', '2200-01-01 12:00:00.000001+00', '2200-01-01 12:00:00+00', '2200-01-01 12:00:00+00', '100 years 11 mons -1 days +24:00:00.000001', '24:00:00',
  '{1970-01-01,1969-12-31}', '{23:59:59.999}', '{23:59:59}', '{23:59:59-15:00}', '{2200-01-01 00:00:00.1}', '{2200-01-01 00:00:00}', '{2200-01-01 12:00:00.5+00}', '{}', '1900-01-01', '01:00', '1900-01-01 01:02:03.004', '1900-01-01 01:02:03.004+00', '1000:00:00');

create table binaries (
  id int primary key, b bytea, ab bytea[], d blob, bits bit(12), vbits varbit, bx box, l line, ls lseg, pa path, po polygon, c circle, p point, lsn pg_lsn, ti tid, x xid, jp jsonpath, tq tsquery, mr int4multirange, fr floatrange, co pair, aco pair[],
  ax xml[], an name[], ap point[], avb varbit[], apos positive[], aamount amount[], acl aclitem, rc regclass, se seg, cu cube, isb isbn, isb13 isbn13, ea ean13, at text[], atsq tsquery[], abx box[], amr int4multirange[], aref refcursor[], lq lquery, alq lquery[], lt ltxtquery, ism13 ismn, df flags
);
insert into binaries values (1, '\x00fffefb3e3f', '{"\\x00ff","\\x",NULL}', '\xfbff', '110000000001', '101', '(2.5,2.5),(1.5,1.5)', '{1.5,2.5,3.5}', '[(1.5,1.5),(2.5,2.5)]', '((1.5,1.5),(2.5,2.5))', '((1.5,1.5),(2.5,2.5),(3.5,1.5))', '<(1.5,1.5),2.5>', '(1.5,-2)', '16/B374D848', '(0,1)', '42', '$.a', 'fat & rat', '{[1,2),[5,9)}', '[1.5,2.5)', '(1,"x y")', array[(1,'a')::pair, (2,null)::pair],
  array['<a/>'::xml], '{nm}', array['(1,2)'::point], '{101}', '{1,2}', '{1.5}', 'millrace=r/millrace', 'pg_class', '1 .. 2', '(1,2)', '0-306-40615-2', '978-0-306-40615-7', '978-0-306-40615-7', '{x}', array['a & b'::tsquery], array['(2.5,2.5),(1.5,1.5)'::box], array['{[1,2)}'::int4multirange], '{cur}', 'a.*', '{a.*}', 'a & b', 'M-3452-4680-5', '000000000001');
insert into binaries values (2);
insert into binaries values (3, '', '{}', '', '000000000000', '');

create table others (
  id int primary key, h hstore, ah hstore[], dh bag, m mood, am mood[], dn names, ds shorttext, du ident, dj doc, u uuid, au uuid[], ci citext, aci citext[], lt ltree, alt ltree[], tv tsvector, atv tsvector[], ch "char", ach "char"[], n name, o oid, ao oid[], mac8 macaddr8, amac8 macaddr8[], ar tstzrange[], v varchar[], bp char(3)[]
);
insert into others values (1, 'k=>v, n=>NULL, "q\"x"=>"y z"', array['k=>v'::hstore, 'n=>NULL'], 'a=>1', 'ok', '{sad,"so, so"}', '{x,"y z"}', 'short', 'c0ffee00-1234-5678-9abc-def012345678', '{"a": 1.50}', 'c0ffee00-1234-5678-9abc-def012345678', '{c0ffee00-1234-5678-9abc-def012345678,NULL}', 'CiText', '{CiText}', 'a.b.c', '{a.b,c}', 'a fat cat', '{"a b"}', 'x', '{x,y}', 'nm', 4294967295, '{1,4294967295}', '08:00:2b:01:02:03:04:05', '{08:00:2b:01:02:03:04:05}', array['["2024-01-01 00:00:00+00",)'::tstzrange], '{a,NULL}', '{ab}');
insert into others values (2);
insert into others values (3, '', '{}', '', 'so, so', '{}', '{}', '', null, 'null', null, '{}', '', '{}', '', '{}', '', '{}', '', '{}', '', 0, '{}', null, '{}', '{}', '{}', '{}');

create table defaults (
  id int primary key, n numeric(8,3) not null default 1.5, free numeric not null default 2.50, nfun numeric(6,1) default random(), m money not null default 1.25, r real default 0.1, d date not null default '2020-02-02', dnow date default now(),
  t time not null default '01:02:03.5', t3 time(3) default '01:02:03.5', tz timetz default '01:02:03+02', ts timestamp not null default '2020-02-02 03:04:05.678', ts3 timestamp(3) default '2020-02-02 03:04:05.678', tsnow timestamp default localtimestamp,
  z timestamptz not null default '2020-02-02 03:04:05+00', z3 timestamptz(3) default '2020-02-02 03:04:05.6+00', znow timestamptz default now(), i interval not null default '1 year 2 days 03:04:05.5', b bytea not null default '\x0102', h hstore not null default 'a=>1', mo mood not null default 'ok',
  bt bit(3) not null default '101', vb varbit default '11', u uuid default '00000000-0000-0000-0000-000000000001', a int[] default '{1,2}', dom amount default 1.5, ci citext default 'x', p point default '(1,2)', ip inet default '::1', tt text default 'x'
);
insert into defaults (id, nfun, dnow, tsnow, znow) values (1, 1, '2020-01-01', '2020-01-01', '2020-01-01 00:00:00+00');
insert into defaults (id, nfun, dnow, r, t3, tz, ts3, tsnow, z3, znow, vb, u, a, dom, ci, p, ip, tt) values (2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
