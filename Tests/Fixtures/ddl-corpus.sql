# Statements about tables as both servers accept them, one a line (⏎ is a line break), played in the database ddl_corpus.
# @mysql and @mariadb: for one of them only. After each, the model must equal information_schema.
create table types_0 (c0 tinyint, c1 tinyint(1), c2 tinyint(3) unsigned)
create table types_1 (c0 tinyint unsigned zerofill, c1 bool, c2 boolean)
create table types_2 (c0 smallint, c1 smallint(5), c2 smallint unsigned)
create table types_3 (c0 mediumint, c1 mediumint unsigned, c2 int)
create table types_4 (c0 int(11), c1 integer, c2 integer(4) zerofill)
create table types_5 (c0 int unsigned, c1 int signed, c2 bigint)
create table types_6 (c0 bigint(20) unsigned, c1 int1, c2 int2)
create table types_7 (c0 int3, c1 int4, c2 int8)
create table types_8 (c0 middleint, c1 decimal, c2 decimal(5))
create table types_9 (c0 decimal(12,4), c1 decimal(65,30), c2 decimal(10,2) unsigned)
create table types_10 (c0 dec(6,1), c1 numeric, c2 numeric(8,3) unsigned zerofill)
create table types_11 (c0 fixed(7,2), c1 float, c2 float(10,3))
create table types_12 (c0 float(20), c1 float(24), c2 float(25))
create table types_13 (c0 float(53), c1 float unsigned, c2 float4)
create table types_14 (c0 float8, c1 double, c2 double(10,2))
create table types_15 (c0 double precision, c1 double precision(9,3), c2 double unsigned zerofill)
create table types_16 (c0 real, c1 bit, c2 bit(1))
create table types_17 (c0 bit(17), c1 bit(64), c2 year)
create table types_18 (c0 year(4), c1 date, c2 time)
create table types_19 (c0 time(0), c1 time(4), c2 datetime)
create table types_20 (c0 datetime(6), c1 timestamp null, c2 timestamp(2) null)
create table types_21 (c0 char, c1 char(0), c2 char(20))
create table types_22 (c0 character(7), c1 char varying(8), c2 character varying(9))
create table types_23 (c0 varchar(255), c1 varchar(0), c2 varcharacter(12))
create table types_24 (c0 nchar(4), c1 national char(4), c2 national character(4))
create table types_25 (c0 national varchar(5), c1 nvarchar(6), c2 nchar varchar(7))
create table types_26 (c0 nchar varying(8), c1 national char varying(9), c2 national character varying(10))
create table types_27 (c0 char(5) character set latin1, c1 char(5) charset utf8mb4 collate utf8mb4_bin, c2 varchar(5) collate latin1_general_ci)
create table types_28 (c0 varchar(5) ascii, c1 varchar(5) unicode, c2 varchar(5) byte)
create table types_29 (c0 varchar(5) charset binary, c1 varchar(5) binary, c2 varchar(5) character set latin1 binary)
create table types_30 (c0 varchar(5) binary character set latin1, c1 char byte, c2 char(4) byte)
create table types_31 (c0 char(3) character set utf8, c1 tinytext, c2 text)
create table types_32 (c0 text(10), c1 text(200), c2 text(1000))
create table types_33 (c0 text(20000), c1 mediumtext, c2 longtext)
create table types_34 (c0 text character set latin1, c1 text collate utf8mb4_bin, c2 text charset binary)
create table types_35 (c0 tinytext binary, c1 mediumtext unicode, c2 long)
create table types_36 (c0 long varchar, c1 long character set latin1, c2 long char varying)
create table types_37 (c0 binary, c1 binary(10), c2 varbinary(20))
create table types_38 (c0 varbinary(0), c1 tinyblob, c2 blob)
create table types_39 (c0 blob(20), c1 blob(300), c2 blob(70000))
create table types_40 (c0 mediumblob, c1 longblob, c2 long varbinary)
create table types_41 (c0 enum('a'), c1 enum('a','b c','d''e',"f","g""h",'i,j'), c2 enum('x\\y','tab\tbed'))
create table types_42 (c0 enum('ü','ß') character set latin1, c1 set('a','b','c'), c2 set('a','b') collate utf8mb4_bin)
create table types_43 (c0 set('1','2') charset latin1, c1 enum('a','b') binary, c2 enum('trailing  ','  leading'))
create table types_44 (c0 json, c1 geometry, c2 point)
create table types_45 (c0 linestring, c1 polygon, c2 multipoint)
create table types_46 (c0 multilinestring, c1 multipolygon, c2 geometrycollection)
alter table types_0 add column x0 tinyint first
alter table types_0 modify c0 tinyint after x0
alter table types_0 add column x2 tinyint(3) unsigned first
alter table types_1 add column x4 bool first
alter table types_1 change c2 y5 boolean
alter table types_2 add column x6 smallint first
alter table types_2 add column x8 smallint unsigned first
alter table types_3 add column x10 mediumint unsigned first
alter table types_3 modify c1 mediumint unsigned after x10
alter table types_4 add column x12 int(11) first
alter table types_4 add column x14 integer(4) zerofill first
alter table types_5 change c0 y15 int unsigned
alter table types_5 add column x16 int signed first
alter table types_6 add column x18 bigint(20) unsigned first
alter table types_6 add column x20 int2 first
alter table types_6 modify c2 int2 after x20
alter table types_7 add column x22 int4 first
alter table types_8 add column x24 middleint first
alter table types_8 change c1 y25 decimal
alter table types_8 add column x26 decimal(5) first
alter table types_9 add column x28 decimal(65,30) first
alter table types_10 add column x30 dec(6,1) first
alter table types_10 modify c0 dec(6,1) after x30
alter table types_10 add column x32 numeric(8,3) unsigned zerofill first
alter table types_11 add column x34 float first
alter table types_11 change c2 y35 float(10,3)
alter table types_12 add column x36 float(20) first
alter table types_12 add column x38 float(25) first
alter table types_13 add column x40 float unsigned first
alter table types_13 modify c1 float unsigned after x40
alter table types_14 add column x42 float8 first
alter table types_14 add column x44 double(10,2) first
alter table types_15 change c0 y45 double precision
alter table types_15 add column x46 double precision(9,3) first
alter table types_16 add column x48 real first
alter table types_16 add column x50 bit(1) first
alter table types_16 modify c2 bit(1) after x50
alter table types_17 add column x52 bit(64) first
alter table types_18 add column x54 year(4) first
alter table types_18 change c1 y55 date
alter table types_18 add column x56 time first
alter table types_19 add column x58 time(4) first
alter table types_20 add column x60 datetime(6) first
alter table types_20 modify c0 datetime(6) after x60
alter table types_20 add column x62 timestamp(2) null first
alter table types_21 add column x64 char(0) first
alter table types_21 change c2 y65 char(20)
alter table types_22 add column x66 character(7) first
alter table types_22 add column x68 character varying(9) first
alter table types_23 add column x70 varchar(0) first
alter table types_23 modify c1 varchar(0) after x70
alter table types_24 add column x72 nchar(4) first
alter table types_24 add column x74 national character(4) first
alter table types_25 change c0 y75 national varchar(5)
alter table types_25 add column x76 nvarchar(6) first
alter table types_26 add column x78 nchar varying(8) first
alter table types_26 add column x80 national character varying(10) first
alter table types_26 modify c2 national character varying(10) after x80
alter table types_27 add column x82 char(5) charset utf8mb4 collate utf8mb4_bin first
alter table types_28 add column x84 varchar(5) ascii first
alter table types_28 change c1 y85 varchar(5) unicode
alter table types_28 add column x86 varchar(5) byte first
alter table types_29 add column x88 varchar(5) binary first
alter table types_30 add column x90 varchar(5) binary character set latin1 first
alter table types_30 modify c0 varchar(5) binary character set latin1 after x90
alter table types_30 add column x92 char(4) byte first
alter table types_31 add column x94 tinytext first
alter table types_31 change c2 y95 text
alter table types_32 add column x96 text(10) first
alter table types_32 add column x98 text(1000) first
alter table types_33 add column x100 mediumtext first
alter table types_33 modify c1 mediumtext after x100
alter table types_34 add column x102 text character set latin1 first
alter table types_34 add column x104 text charset binary first
alter table types_35 change c0 y105 tinytext binary
alter table types_35 add column x106 mediumtext unicode first
alter table types_36 add column x108 long varchar first
alter table types_36 add column x110 long char varying first
alter table types_36 modify c2 long char varying after x110
alter table types_37 add column x112 binary(10) first
alter table types_38 add column x114 varbinary(0) first
alter table types_38 change c1 y115 tinyblob
alter table types_38 add column x116 blob first
alter table types_39 add column x118 blob(300) first
alter table types_40 add column x120 mediumblob first
alter table types_40 modify c0 mediumblob after x120
alter table types_40 add column x122 long varbinary first
alter table types_41 add column x124 enum('a','b c','d''e',"f","g""h",'i,j') first
alter table types_41 change c2 y125 enum('x\\y','tab\tbed')
alter table types_42 add column x126 enum('ü','ß') character set latin1 first
alter table types_42 add column x128 set('a','b') collate utf8mb4_bin first
alter table types_43 add column x130 enum('a','b') binary first
alter table types_43 modify c1 enum('a','b') binary after x130
alter table types_44 add column x132 json first
alter table types_44 add column x134 point first
alter table types_45 change c0 y135 linestring
alter table types_45 add column x136 polygon first
alter table types_46 add column x138 multilinestring first
alter table types_46 add column x140 geometrycollection first
alter table types_46 modify c2 geometrycollection after x140
@mysql create table vectors (a vector, b vector(3), g geomcollection, s point not null srid 4326, s2 geometry srid 0)
@mysql alter table vectors add v vector(16) first, modify s point not null srid 3857
@mariadb create table only_mariadb (u uuid, i6 inet6, u2 uuid not null default uuid(), v varchar(10) default concat('a', 'b'), d datetime default (now() + interval 1 day))
@mariadb create table only_mariadb_2 (i4 inet4, c varchar(100) compressed, t text compressed=zlib)
@mariadb create table only_mariadb_3 (a point ref_system_id=4326, b int default (1 + 2), c varchar(5) default ('x'), d int default (5), e text default 'text', f blob default 'blob', g int default null)
create table defaults_0 (c0 int default 5, c1 int default '6', c2 int default -7, c3 int default +8)
create table defaults_1 (c0 int default 1e2, c1 int default 0x1f, c2 int default b'101', c3 int default true)
create table defaults_2 (c0 int default false, c1 int not null default 0, c2 bigint unsigned default 18446744073709551615, c3 decimal(10,3) default 1.5)
create table defaults_3 (c0 decimal(10,3) default '1.25', c1 decimal(4) default -0, c2 float default 1.5, c3 double default 1e10)
create table defaults_4 (c0 double default '-2.5', c1 bit(8) default b'00001010', c2 bit(8) default 5, c3 bit default 1)
create table defaults_5 (c0 bit(16) default 0x0f0f, c1 varchar(20) default 'x', c2 varchar(20) default '', c3 varchar(20) default 'it''s')
create table defaults_6 (c0 varchar(20) default "dou""ble", c1 varchar(20) default 'a\\b', c2 varchar(20) default 'new\nline', c3 varchar(20) default 'con' 'cat')
create table defaults_7 (c0 varchar(20) default N'nat', c1 varchar(20) default _latin1'intro', c2 varchar(20) default _utf8mb4 0x4142, c3 varchar(20) default null)
create table defaults_8 (c0 varchar(20) default 5, c1 varchar(20) default 'null', c2 varchar(20) default 'CURRENT_TIMESTAMP', c3 char(3) default x'4142')
create table defaults_9 (c0 binary(4) default 'ab', c1 varbinary(8) default x'4344', c2 varbinary(8) default 0x4142, c3 date default '2020-02-29')
create table defaults_10 (c0 date default 20200229, c1 time default '10:11:12', c2 time(3) default '10:11:12.5', c3 datetime default '2020-01-01')
create table defaults_11 (c0 datetime(3) default '2020-01-01 01:02:03.1', c1 datetime default current_timestamp, c2 datetime(6) default current_timestamp(6), c3 datetime default now() on update now())
create table defaults_12 (c0 datetime(3) on update current_timestamp(3), c1 datetime default localtime, c2 datetime default localtimestamp(), c3 timestamp default current_timestamp)
create table defaults_13 (c0 timestamp null default null, c1 timestamp null default current_timestamp on update current_timestamp, c2 timestamp not null default '2001-01-01 00:00:00', c3 timestamp(6) not null default current_timestamp(6) on update current_timestamp(6))
create table defaults_14 (c0 year default 2020, c1 year default '99', c2 enum('a','b') default 'b', c3 enum('a','b') not null default 'a')
create table defaults_15 (c0 enum('A','b') default 'a', c1 set('x','y','z') default 'x,z', c2 set('x','y') default '', c3 bool default true)
create table defaults_16 (c0 tinyint(1) default false)
@mysql create table expressions (a int default (1 + 2), b varchar(36) default (uuid()), c json default (json_array(1, 'x)')), d text default ('abc'), e date default (curdate()), f blob default (x'41'), g int default (3))
alter table defaults_0 alter c0 set default 9
alter table defaults_0 alter column c0 drop default
alter table defaults_0 alter column c1 set default null
alter table defaults_0 alter c2 set default -1, alter c3 drop default
alter table defaults_1 alter c0 set default '12'
alter table defaults_5 alter c1 set default 'new '
@mysql alter table expressions alter a set default (4 * 5), alter b drop default
create table k1 (id int primary key)
create table k2 (id int not null auto_increment primary key, v int unique)
create table k3 (id int auto_increment unique, v int null)
create table k4 (a int, b int, c int, primary key (a, b), unique (c), unique (c, a), key (b))
create table k5 (a int, b varchar(20), unique key named (a), unique index named2 (b(5)), unique (a, b), index (b), fulltext key ft (b))
create table k6 (a int, b int, constraint pk primary key (b, a), constraint uq unique (a), constraint uq2 unique key other (b))
create table k7 (id serial)
create table k8 (id serial primary key, v int)
create table k9 (a int key, b int unique key)
create table k10 (a bigint unsigned not null auto_increment, b int, key (a), unique using btree (b))
create table k11 (a int, b int, primary key using btree (a), unique key u using hash (b) comment 'c' key_block_size = 8)
create table k12 (a int, constraint primary key (a), b int, constraint unique (b), constraint check (b > 0))
create table k13 (a int check (a > 0), b int check (b > 0), constraint tot check (a + b < 100))
create table k14 (id int primary key, parent int, other int, foreign key (parent) references k14 (id), constraint fk foreign key (other) references k14 (id) on delete set null on update cascade)
create table k15 (id int primary key, r int references k14 (id) match full on delete no action on update set null, s int not null)
create table k17 (a int not null, `primary` int, unique (`primary`), unique (`primary`, a))
create table k18 (a int, a_2 int, unique (a), unique (a_2), unique (a))
create table k19 (a varchar(10) primary key, b text, unique (b(10)), unique bb (b(20), a))
create table k20 (a int unique primary key)
create table k21 (a timestamp primary key, b datetime unique)
create table k22 (A int, B int, primary key (a), unique key UpperCase (b))
alter table k1 add v int, add unique (v)
alter table k1 drop primary key
alter table k1 add primary key (v)
alter table k1 drop primary key, add primary key (id, v)
alter table k1 drop index v
alter table k2 drop key v, add unique key vv (v)
alter table k2 rename index vv to vvv
alter table k2 rename key vvv to v4
alter table k3 modify id int not null
alter table k3 drop index id
@mysql alter table k4 drop column c
@mariadb alter table k4 drop index c_2, drop column c
alter table k4 drop column a, drop primary key
alter table k5 add constraint cc unique (b, a), drop index a
alter table k5 add unique (a), add unique (a)
alter table k5 drop index ft
alter table k6 drop primary key, drop index uq
alter table k9 drop column b
alter table k9 add column b int unique first
alter table k9 add column c int not null unique key comment 'c' after b, add column d int
alter table k12 drop primary key
alter table k12 add constraint named primary key (b)
alter table k13 drop constraint tot
alter table k13 add check (a < b), add constraint x check (b < 5)
alter table k14 drop foreign key fk
alter table k14 add constraint fk2 foreign key (other) references k14 (id)
alter table k19 modify a varchar(20)
alter table k22 change A a2 int, change B b2 int
create unique index ix on k9 (d)
create index iy on k9 (d)
create unique index iz using btree on k9 (c, d desc) comment 'x'
drop index ix on k9
drop index `iz` on `k9`
create unique index longer on k19 (b(30), a)
alter table k15 add unique (s), add unique (s, r), add unique (r)
alter table k15 drop index s_2
alter table k15 drop column s
alter table k10 modify a bigint unsigned not null, drop key a, add primary key (a)
alter table k10 modify a bigint unsigned auto_increment
alter table k10 drop primary key, add unique (a)
create table k16 (a int, b int not null null, c int null not null, primary key (a))
alter table k16 modify a bigint
alter table k16 change a aa bigint not null
alter table k15 drop primary key, add column s int primary key
@mysql create table k30 (a int, b int, unique ((a + b)), unique u2 (a, (b * 2)))
@mysql alter table k30 add unique ((b + 1)), drop index functional_index
@mysql create unique index f on k30 ((a * b))
@mysql alter table k6 drop constraint other
@mysql alter table k20 drop index a
@mariadb create unique index if not exists iy on k9 (d)
@mariadb create or replace unique index iy on k9 (d)
@mariadb drop index if exists nothing on k9
@mariadb alter table k6 drop constraint other
@mariadb alter table k5 drop constraint cc
@mariadb alter table k5 drop index if exists none, add index if not exists named (a), add unique key if not exists u7 (a)
create table cs1 (a char(1), b varchar(2) character set latin1, c text, d enum('a'), e set('b') collate utf8mb4_bin, f int, g blob) charset latin1
create table cs2 (a char(1), b varchar(5) charset utf8mb4, c text collate utf8mb4_bin) collate utf8mb4_unicode_ci
create table cs3 (a char(1)) default character set = utf8 collate = utf8_bin
create table cs4 (a char(1), b tinytext, c text, d mediumtext) character set latin1 collate latin1_general_cs
create table cs5 (a varchar(5), b text, c char(3), d enum('x')) charset binary
create table cs6 (a varchar(5) charset utf8mb3, b varchar(5) charset utf8 collate utf8_unicode_ci, c varchar(5) charset ucs2, d varchar(5) charset utf16, e varchar(5) charset utf32, f varchar(5) charset gbk, g varchar(5) charset sjis, h varchar(5) charset big5, i varchar(5) charset koi8r, j varchar(5) charset cp1251)
create table cs7 (a varchar(5) charset UTF8MB4 collate UTF8MB4_BIN) charset Latin1
create table cs8 (a varchar(10)) default charset 'latin1' collate 'latin1_bin'
create table cs9 (a text charset latin1, b tinytext charset latin1, c mediumtext charset latin1, d varchar(10) charset latin1, e longtext charset latin1, f text, g enum('a') charset latin1) charset latin1
alter table cs1 default charset utf8mb4
alter table cs1 add h varchar(5), add i text after a
alter table cs1 modify a char(1)
alter table cs1 convert to character set utf8mb4 collate utf8mb4_unicode_ci
alter table cs1 convert to charset latin1
alter table cs1 character set = utf16, collate utf16_bin
alter table cs1 collate latin1_bin
alter table cs2 convert to character set latin1 collate latin1_swedish_ci
alter table cs3 modify a varchar(10) character set latin1, add b varchar(3) collate utf8mb4_bin
alter table cs3 change a a varchar(10)
alter table cs4 convert to character set utf8mb4
alter table cs9 convert to character set utf8mb4
alter table cs9 convert to character set latin1
alter table cs9 convert to character set utf8
alter table cs9 add z text(100), add y text(100) charset latin1
alter table cs8 convert to character set default
alter table cs7 convert to character set binary
alter table cs2 add x varchar(5) character set utf8mb4 collate utf8mb4_unicode_ci, add y char(2) binary
alter table cs2 charset utf8mb4, add z varchar(6)
alter table cs2 add q varchar(5), convert to character set utf8mb4
create database ddl_corpus_2 character set latin1 collate latin1_german1_ci
create table ddl_corpus_2.t (a varchar(5), b text charset utf8mb4)
alter database ddl_corpus_2 character set utf8mb4
create table ddl_corpus_2.u (a varchar(5))
alter database ddl_corpus_2 collate = utf8mb4_bin
create table ddl_corpus_2.v (a varchar(5), b char(3) charset utf8mb4)
alter schema ddl_corpus_2 default character set latin1 default collate latin1_bin
create table ddl_corpus_2.w (a varchar(5)) charset latin1
create table if not exists ddl_corpus_2.w (b int)
alter table ddl_corpus_2.t rename ddl_corpus.t2
alter table t2 rename to ddl_corpus_2.t3, add c int
rename table ddl_corpus_2.u to u, ddl_corpus_2.v to ddl_corpus_2.v2
drop table ddl_corpus_2.w, u
drop database ddl_corpus_2
create schema if not exists ddl_corpus_2
create database if not exists ddl_corpus_2 charset latin1
create table ddl_corpus_2.x (a varchar(4))
drop schema if exists ddl_corpus_2
create table g1 (a int, b int as (a + 1), c int generated always as (a * 2) stored, d varchar(20) as (concat('x', a, ')')) virtual)
alter table g1 add e int as (a) stored after a, add f int generated always as (b + c) virtual
alter table g1 modify d varchar(30) as (concat(a, 'y')) virtual
alter table g1 drop column f, drop column e
alter table g1 change c cc bigint as (a * 3) stored comment 'generated'
create table g2 (a int, b int invisible default 3, c int not null default 1 invisible)
alter table g2 add d int invisible default 7 after a
alter table g2 modify d int default 7
@mysql alter table g2 alter column b set visible, alter a set invisible
@mysql alter table g1 add z int as (a) unique key, add y int as (b) virtual not null
@mariadb create table g3 (a int, b int as (a) persistent, c int generated always as (a) virtual invisible)
create table like_1 like k5
create table like_2 (like cs9)
create table if not exists like_1 like k6
create table if not exists like_3 like `g1`
create table `quoted ``name` (`a b` int, `c``d` varchar(5) comment 'c ''x'' \\ "y"', `select` int, `ü€` int, primary key (`a b`)) comment 'it''s'
create table `unicode_täble_€x` (a int)
create table opts (a int) engine = innodb row_format = dynamic auto_increment = 100 avg_row_length 5 checksum 1 comment = 'c, (x)' max_rows = 10, min_rows 1 stats_persistent = 0
create table part_1 (a int, b int) comment 'outer' partition by hash (a) partitions 3
create table part_2 (a int not null, b int) partition by range (a) (partition p0 values less than (10) comment 'inner', partition p1 values less than maxvalue)
create table part_3 (a int, b date) partition by list columns (a) (partition p0 values in (1, 2), partition p1 values in (3))
create table part_4 (a int, b int, primary key (a)) partition by key () partitions 2
create table part_5 (a int, d date) charset latin1 partition by range (year(d)) subpartition by hash (to_days(d)) subpartitions 2 (partition p0 values less than (1990), partition p1 values less than maxvalue)
alter table part_1 add partition partitions 2
alter table part_1 coalesce partition 1
alter table part_1 remove partitioning
alter table part_1 partition by key (a) partitions 2
alter table part_2 drop partition p0
alter table part_2 reorganize partition p1 into (partition p1 values less than (100), partition p2 values less than maxvalue)
alter table part_2 truncate partition p1
alter table part_2 add column c varchar(10), add index (b)
alter table part_2 analyze partition p1
alter table part_2 rebuild partition p1, p2
alter table opts engine = innodb, comment 'other'
alter table opts auto_increment = 200
alter table opts order by a
alter table opts force
alter table opts row_format=compact, algorithm=copy, lock=shared
alter table opts disable keys
alter table opts enable keys
alter table opts add b int, algorithm = inplace, lock = none
alter table opts add column c int default 5, algorithm=instant
create table commented /*!40100 (a int) */ /*! comment 'run' */
/* leading */ create table leading_comment (a int) /* trailing */
create /* one */ table -- two⏎ comments # three⏎ (a int /* four, ) */, b int /*!99999 , c int */ /*!40100 , d int */)
alter table comments /*!50100 add column e int, */ add f int -- end
@mariadb create table m_comments (a int /*M! , b int */ /*M!100100 , c int */ /*M!999999 , d int */ /*!50701 , e int */ /*!50500 , f int */ /*!100100 , g int */)
@mysql create table m_comments (a int /*M! , b int */ /*!50701 , e int */ /*!80000 , f int */ /*!999999 , h int */)
create table sel_1 select 1 as a, 'x' as b
create table sel_2 as select id, parent from k14
create table sel_3 (z int not null default 5, id bigint) as select id, parent from k14
create table sel_4 (primary key (id)) select id from k14
create table sel_5 engine=innodb comment 'x' select a, b from cs9
@mariadb create or replace table sel_1 (q int)
@mariadb create or replace table sel_2 select 2 as two
@mariadb create or replace table sel_2 like k5
@mysql create table sel_6 (a int) as values row(1, 2)
@mysql create table sel_7 as table k14
create table al (a int, b int, c int, d int, e int)
alter table al add f int
alter table al add column g int first
alter table al add column h int after c
alter table al add (i int, j varchar(5) not null default 'x')
alter table al add column (k int, l int, index (k), unique lu (l))
alter table al drop f
alter table al drop column g, drop h
alter table al drop i, drop j, add i int after a, add j int after i
alter table al change a aa bigint
alter table al change column b b varchar(10) first
alter table al change c c2 int after e
alter table al change c2 c int after b, change e e int unsigned first
alter table al modify e int first, modify aa int after e, add z int after aa
alter table al modify column e tinyint unsigned not null default 3 after z
alter table al rename column z to zz
alter table al rename column zz to z, rename column e to z2
alter table al rename column i to j, rename column j to i
alter table al change i j int, change j i bigint
alter table al drop column k, add column k int after b
alter table al add n1 int first, add n2 int first, add n3 int after n1
alter table al drop n1, add n1 int after n2, modify n3 int first
alter table al drop n1, drop n2, drop n3
alter table al add m int after z2, add m2 int after m, change z zzz int after m2
alter table al add column `q` int comment 'first, after' after `m`
alter table al add x int default 1 comment 'a' after aa, alter aa set default 5, alter column zzz set default 6
alter table al modify x int primary key
alter table al drop primary key, modify x int
alter table al add constraint u1 unique (x, m), add index (m), drop column m2
@mysql alter table al drop column m
alter table al change x X2 int
alter table al rename column x2 to x2_lower
alter table al drop index u1
alter table al rename al_2
alter table al_2 rename to al_3
alter table al_3 rename as al
alter table al rename = al_2
alter table `ddl_corpus`.`al_2` rename `ddl_corpus`.`al`
alter table al add y int, rename to al_2, add yy int first
rename table al_2 to al
rename table al to tmp, k1 to al, tmp to k1
rename table al to tmp2, k1 to al, tmp2 to k1
alter table al comment = 'a comment', add w int comment "dou'ble"
alter table al add w3 varchar(10) not null default 'a' collate utf8mb4_bin comment 'c' after w
alter table al add ts timestamp, add ts2 timestamp not null default current_timestamp
alter table al modify ts timestamp not null default current_timestamp on update current_timestamp
truncate table al
truncate k2
drop table k3, k4
drop table if exists k3, nothing_here, k5
drop table `k6` restrict
drop table if exists k9 cascade
drop tables k11, k12
@mysql alter table al add w2 int column_format dynamic storage disk
@mariadb alter table if exists al add column if not exists b2 int, drop column if exists nothing
@mariadb alter table if exists no_such_table add column x int
@mariadb alter table al add column if not exists b2 varchar(5)
@mariadb alter table al modify column if exists b2 bigint first, modify if exists nothing int
@mariadb alter table al change column if exists nothing other int, change if exists b2 b3 int
@mariadb alter table al rename column if exists nothing to other
@mariadb alter table al drop if exists b3 restrict
@mariadb alter online table al wait 5 add column on1 int
@mariadb alter table al nowait add column on2 int
@mariadb alter ignore table al drop column on2
@mariadb create or replace table al (only int)
@mariadb create or replace table al (other varchar(5), v int default 3) charset latin1
@mariadb set system_versioning_alter_history = keep
@mariadb create table sv (a int) with system versioning
@mariadb alter table sv add b int
@mariadb alter table sv drop system versioning
@mariadb alter table sv add system versioning
@mariadb create table sv2 (a int, s timestamp(6) generated always as row start, e timestamp(6) generated always as row end, period for system_time (s, e)) with system versioning
@mariadb create table sv3 (a int, b int without system versioning) with system versioning
@mariadb create table sv4 (id int, s date, e date, period for p (s, e), unique (id))
@mariadb create sequence seq start with 1
@mariadb alter sequence seq restart 10
@mariadb create table seq_user (id int default next value for seq, b int default nextval(seq))
@mariadb drop sequence if exists seq2
@mariadb rename table if exists nothing to anything, sv3 to sv5
@mariadb drop table if exists sv2 wait 3
@mariadb set statement max_statement_time = 10 for alter table sv add c int
@mariadb set statement sort_buffer_size = 100000 for create table ss (a int)
@mariadb alter table part_2 convert partition p1 to table from_partition
@mariadb create table into_partition like part_2
@mariadb alter table into_partition remove partitioning
@mariadb alter table part_3 drop partition p1
@mysql create table ck (a int, constraint c1 check (a > 0) not enforced, b int check (b > 1) enforced)
@mysql alter table ck drop check c1
@mysql create table multi (a json, b json default (json_object('k', 'v, )')), index mv ((cast(a->'$.x' as unsigned array))))
@mysql create table vis (a int, b int, index ib (b) invisible)
@mysql alter table vis alter index ib visible
@mysql create table sc (a int) tablespace = innodb_file_per_table
@mysql create spatial reference system 990001 name 'x' definition 'GEOGCS["x",DATUM["x",SPHEROID["x",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.017453292519943278],AXIS["Lat",NORTH],AXIS["Lon",EAST]]'
@mysql drop spatial reference system if exists 990001
@mysql create table enc (a int) encryption='N'
@mysql alter table enc encryption='N', add b int
create view v1 as select * from g1
create or replace view v1 as select 1 as a
alter view v1 as select 2 as b
rename table v1 to v2
drop view v2
create procedure p1() begin create table never (a int); drop table g1; end
alter procedure p1 comment 'x'
drop procedure p1
create function f1() returns int deterministic return 1
drop function if exists f1
create trigger tr1 before insert on g2 for each row set @a = 1
drop trigger tr1
create event ev1 on schedule every 1 day disable do drop table g1
alter event ev1 rename to ev2
drop event ev2
create user if not exists 'ddl_corpus'@'localhost' identified by 'x'
grant select on ddl_corpus.* to 'ddl_corpus'@'localhost'
revoke select on ddl_corpus.* from 'ddl_corpus'@'localhost'
create role if not exists ddl_corpus_role
drop role if exists ddl_corpus_role
drop user 'ddl_corpus'@'localhost'
flush tables
analyze table g1
optimize table g2
create temporary table tmp_1 (a int)
alter table tmp_1 add b int
drop temporary table tmp_1
insert into g2 (a) values (1), (2)
delete from g2
set sql_mode = 'ANSI_QUOTES'
create table "ansi" ("a" int, "b ""c" varchar(5) default 'x', primary key ("a"))
alter table "ansi" add "d" int after "a"
set sql_mode = 'NO_BACKSLASH_ESCAPES'
create table nobs (a varchar(10) default '\', b enum('x\','y'), c varchar(5) comment 'c\')
alter table nobs add d varchar(10) default 'a\nb' after a
set sql_mode = 'REAL_AS_FLOAT'
create table realfloat (a real, b real(5,2))
set sql_mode = ''
create table zeros (a date default '0000-00-00', b datetime default '0000-00-00 00:00:00', c timestamp null)
create table notstrict (a varchar(20000), b varchar(60) charset binary, c varchar(70000))
set sql_mode = 'ANSI'
create table "ansi2" (a real)
set sql_mode = default
set explicit_defaults_for_timestamp = off
set sql_mode = ''
create table ts1 (a timestamp, b timestamp, c timestamp null, d timestamp default current_timestamp)
create table ts2 (a timestamp default '2020-01-01 00:00:00', b timestamp on update current_timestamp)
alter table ts1 add e timestamp first, modify b timestamp null
set explicit_defaults_for_timestamp = on
set sql_mode = default
create table ts3 (a timestamp, b timestamp not null default current_timestamp)
set collation_server = latin1_bin
create database ddl_corpus_3
create table ddl_corpus_3.t (a varchar(5))
set collation_server = default
drop database ddl_corpus_3
@mysql set default_collation_for_utf8mb4 = utf8mb4_general_ci
@mysql create table dc (a varchar(5) charset utf8mb4, b varchar(5)) charset utf8mb4
@mysql create table dc2 (a varchar(5))
@mysql set default_collation_for_utf8mb4 = default
@mysql set sql_generate_invisible_primary_key = on
@mysql create table gipk (a int, b int unique)
@mysql create table gipk2 (a int)
@mysql alter table gipk2 add c int
@mysql set sql_generate_invisible_primary_key = off
create table big_0 (id int primary key)
alter table big_0 add column `n 0` tinyint not null comment 'number 0'
alter table big_0 add column `n 1` tinyint(1) not null comment 'number 1' first
alter table big_0 add column `n 2` tinyint(3) unsigned not null comment 'number 2' after id
alter table big_0 add column `n 3` tinyint unsigned zerofill not null comment 'number 3'
alter table big_0 add column `n 4` bool not null comment 'number 4' first
alter table big_0 add column `n 5` boolean not null comment 'number 5' after id
alter table big_0 add column `n 6` smallint not null comment 'number 6'
alter table big_0 add column `n 7` smallint(5) not null comment 'number 7' first
alter table big_0 add column `n 8` smallint unsigned not null comment 'number 8' after id
alter table big_0 add column `n 9` mediumint not null comment 'number 9'
alter table big_0 add column `n 10` mediumint unsigned not null comment 'number 10' first
alter table big_0 add column `n 11` int not null comment 'number 11' after id
alter table big_0 add column `n 12` int(11) not null comment 'number 12'
alter table big_0 add column `n 13` integer not null comment 'number 13' first
alter table big_0 add column `n 14` integer(4) zerofill not null comment 'number 14' after id
alter table big_0 add column `n 15` int unsigned not null comment 'number 15'
alter table big_0 add column `n 16` int signed not null comment 'number 16' first
alter table big_0 add column `n 17` bigint not null comment 'number 17' after id
alter table big_0 add column `n 18` bigint(20) unsigned not null comment 'number 18'
alter table big_0 add column `n 19` int1 not null comment 'number 19' first
alter table big_0 add column `n 20` int2 not null comment 'number 20' after id
alter table big_0 add column `n 21` int3 not null comment 'number 21'
alter table big_0 add column `n 22` int4 not null comment 'number 22' first
alter table big_0 add column `n 23` int8 not null comment 'number 23' after id
alter table big_0 add column `n 24` middleint not null comment 'number 24'
alter table big_0 add column `n 25` decimal not null comment 'number 25' first
alter table big_0 add column `n 26` decimal(5) not null comment 'number 26' after id
alter table big_0 add column `n 27` decimal(12,4) not null comment 'number 27'
alter table big_0 add column `n 28` decimal(65,30) not null comment 'number 28' first
alter table big_0 add column `n 29` decimal(10,2) unsigned not null comment 'number 29' after id
alter table big_0 add column `n 30` dec(6,1) not null comment 'number 30'
alter table big_0 add column `n 31` numeric not null comment 'number 31' first
alter table big_0 add column `n 32` numeric(8,3) unsigned zerofill not null comment 'number 32' after id
alter table big_0 add column `n 33` fixed(7,2) not null comment 'number 33'
alter table big_0 add column `n 34` float not null comment 'number 34' first
alter table big_0 add column `n 35` float(10,3) not null comment 'number 35' after id
alter table big_0 add column `n 36` float(20) not null comment 'number 36'
alter table big_0 add column `n 37` float(24) not null comment 'number 37' first
alter table big_0 add column `n 38` float(25) not null comment 'number 38' after id
alter table big_0 add column `n 39` float(53) not null comment 'number 39'
alter table big_0 add column `n 40` float unsigned not null comment 'number 40' first
alter table big_0 add column `n 41` float4 not null comment 'number 41' after id
alter table big_0 add column `n 42` float8 not null comment 'number 42'
alter table big_0 add column `n 43` double not null comment 'number 43' first
alter table big_0 add column `n 44` double(10,2) not null comment 'number 44' after id
alter table big_0 add column `n 45` double precision not null comment 'number 45'
alter table big_0 add column `n 46` double precision(9,3) not null comment 'number 46' first
alter table big_0 add column `n 47` double unsigned zerofill not null comment 'number 47' after id
alter table big_0 add column `n 48` real not null comment 'number 48'
alter table big_0 add column `n 49` bit not null comment 'number 49' first
alter table big_0 add column `n 50` bit(1) not null comment 'number 50' after id
alter table big_0 add column `n 51` bit(17) not null comment 'number 51'
alter table big_0 add column `n 52` bit(64) not null comment 'number 52' first
alter table big_0 add column `n 53` year not null comment 'number 53' after id
alter table big_0 add column `n 54` year(4) not null comment 'number 54'
alter table big_0 add column `n 55` date not null comment 'number 55' first
alter table big_0 add column `n 56` time not null comment 'number 56' after id
alter table big_0 add column `n 57` time(0) not null comment 'number 57'
alter table big_0 add column `n 58` time(4) not null comment 'number 58' first
alter table big_0 add column `n 59` datetime not null comment 'number 59' after id
alter table big_0 add column `n 60` datetime(6) not null comment 'number 60'
alter table big_0 add column `n 61` timestamp null comment 'number 61' first
alter table big_0 add column `n 62` timestamp(2) null comment 'number 62' after id
alter table big_0 add column `n 63` char not null comment 'number 63'
alter table big_0 add column `n 64` char(0) not null comment 'number 64' first
alter table big_0 add column `n 65` char(20) not null comment 'number 65' after id
alter table big_0 add column `n 66` character(7) not null comment 'number 66'
alter table big_0 add column `n 67` char varying(8) not null comment 'number 67' first
alter table big_0 add column `n 68` character varying(9) not null comment 'number 68' after id
alter table big_0 add column `n 69` varchar(255) not null comment 'number 69'
alter table big_0 add column `n 70` varchar(0) not null comment 'number 70' first
alter table big_0 add column `n 71` varcharacter(12) not null comment 'number 71' after id
alter table big_0 add column `n 72` nchar(4) not null comment 'number 72'
alter table big_0 add column `n 73` national char(4) not null comment 'number 73' first
alter table big_0 add column `n 74` national character(4) not null comment 'number 74' after id
alter table big_0 add column `n 75` national varchar(5) not null comment 'number 75'
alter table big_0 add column `n 76` nvarchar(6) not null comment 'number 76' first
alter table big_0 add column `n 77` nchar varchar(7) not null comment 'number 77' after id
alter table big_0 add column `n 78` nchar varying(8) not null comment 'number 78'
alter table big_0 add column `n 79` national char varying(9) not null comment 'number 79' first
alter table big_0 add column `n 80` national character varying(10) not null comment 'number 80' after id
alter table big_0 add column `n 81` char(5) character set latin1 not null comment 'number 81'
alter table big_0 add column `n 82` char(5) charset utf8mb4 collate utf8mb4_bin not null comment 'number 82' first
alter table big_0 add column `n 83` varchar(5) collate latin1_general_ci not null comment 'number 83' after id
alter table big_0 add column `n 84` varchar(5) ascii not null comment 'number 84'
alter table big_0 add column `n 85` varchar(5) unicode not null comment 'number 85' first
alter table big_0 add column `n 86` varchar(5) byte not null comment 'number 86' after id
alter table big_0 add column `n 87` varchar(5) charset binary not null comment 'number 87'
alter table big_0 add column `n 88` varchar(5) binary not null comment 'number 88' first
alter table big_0 add column `n 89` varchar(5) character set latin1 binary not null comment 'number 89' after id
alter table big_0 add column `n 90` varchar(5) binary character set latin1 not null comment 'number 90'
alter table big_0 add column `n 91` char byte not null comment 'number 91' first
alter table big_0 add column `n 92` char(4) byte not null comment 'number 92' after id
alter table big_0 add column `n 93` char(3) character set utf8 not null comment 'number 93'
alter table big_0 add column `n 94` tinytext not null comment 'number 94' first
alter table big_0 add column `n 95` text not null comment 'number 95' after id
alter table big_0 add column `n 96` text(10) not null comment 'number 96'
alter table big_0 add column `n 97` text(200) not null comment 'number 97' first
alter table big_0 add column `n 98` text(1000) not null comment 'number 98' after id
alter table big_0 add column `n 99` text(20000) not null comment 'number 99'
create table big_1 (id int primary key)
alter table big_1 add column `n 100` mediumtext not null comment 'number 100' first
alter table big_1 add column `n 101` longtext not null comment 'number 101' after id
alter table big_1 add column `n 102` text character set latin1 not null comment 'number 102'
alter table big_1 add column `n 103` text collate utf8mb4_bin not null comment 'number 103' first
alter table big_1 add column `n 104` text charset binary not null comment 'number 104' after id
alter table big_1 add column `n 105` tinytext binary not null comment 'number 105'
alter table big_1 add column `n 106` mediumtext unicode not null comment 'number 106' first
alter table big_1 add column `n 107` long not null comment 'number 107' after id
alter table big_1 add column `n 108` long varchar not null comment 'number 108'
alter table big_1 add column `n 109` long character set latin1 not null comment 'number 109' first
alter table big_1 add column `n 110` long char varying not null comment 'number 110' after id
alter table big_1 add column `n 111` binary not null comment 'number 111'
alter table big_1 add column `n 112` binary(10) not null comment 'number 112' first
alter table big_1 add column `n 113` varbinary(20) not null comment 'number 113' after id
alter table big_1 add column `n 114` varbinary(0) not null comment 'number 114'
alter table big_1 add column `n 115` tinyblob not null comment 'number 115' first
alter table big_1 add column `n 116` blob not null comment 'number 116' after id
alter table big_1 add column `n 117` blob(20) not null comment 'number 117'
alter table big_1 add column `n 118` blob(300) not null comment 'number 118' first
alter table big_1 add column `n 119` blob(70000) not null comment 'number 119' after id
alter table big_1 add column `n 120` mediumblob not null comment 'number 120'
alter table big_1 add column `n 121` longblob not null comment 'number 121' first
alter table big_1 add column `n 122` long varbinary not null comment 'number 122' after id
alter table big_1 add column `n 123` enum('a') not null comment 'number 123'
alter table big_1 add column `n 124` enum('a','b c','d''e',"f","g""h",'i,j') not null comment 'number 124' first
alter table big_1 add column `n 125` enum('x\\y','tab\tbed') not null comment 'number 125' after id
alter table big_1 add column `n 126` enum('ü','ß') character set latin1 not null comment 'number 126'
alter table big_1 add column `n 127` set('a','b','c') not null comment 'number 127' first
alter table big_1 add column `n 128` set('a','b') collate utf8mb4_bin not null comment 'number 128' after id
alter table big_1 add column `n 129` set('1','2') charset latin1 not null comment 'number 129'
alter table big_1 add column `n 130` enum('a','b') binary not null comment 'number 130' first
alter table big_1 add column `n 131` enum('trailing  ','  leading') not null comment 'number 131' after id
alter table big_1 add column `n 132` json not null comment 'number 132'
alter table big_1 add column `n 133` geometry not null comment 'number 133' first
alter table big_1 add column `n 134` point not null comment 'number 134' after id
alter table big_1 add column `n 135` linestring not null comment 'number 135'
alter table big_1 add column `n 136` polygon not null comment 'number 136' first
alter table big_1 add column `n 137` multipoint not null comment 'number 137' after id
alter table big_1 add column `n 138` multilinestring not null comment 'number 138'
alter table big_1 add column `n 139` multipolygon not null comment 'number 139' first
alter table big_1 add column `n 140` geometrycollection not null comment 'number 140' after id
