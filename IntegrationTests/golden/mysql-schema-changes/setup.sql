create table numbers (
  id bigint unsigned auto_increment primary key,
  a tinyint, b tinyint(1) unsigned, c bool not null default true, d smallint(4) zerofill, e mediumint unsigned default 5, f int(11), g integer unsigned not null,
  h bigint not null default -1, i float, j float(10,2), k float(30), l double, m double precision unsigned, n real, o decimal, p decimal(12), q decimal(12,2) default 1.5, r numeric(20,0) unsigned,
  s fixed(5,1), t dec(4,2), u bit, v bit(10) default b'101'
) comment = 'numbers of every kind';
create table texts (
  a char, b char(5) not null default 'x''y', c varchar(20) character set latin1 comment 'latin', d varchar(10) collate utf8mb4_bin, e tinytext, f text, g mediumtext, h longtext, i text(1000),
  j nchar(3), k national varchar(4), l character varying(6), m binary, n binary(4), o varbinary(10), p tinyblob, q blob, r mediumblob, s longblob, t long varchar, u blob(70000),
  v enum('a','b,c','d''e') default 'a', w set('x','y') character set latin1, x json, y varchar(5) charset binary, z varchar(7) binary, primary key (b, d(3))
) charset = utf8mb4 comment 'texts: it''s "quoted"';
create table times (
  a date default '2020-01-02', b time, c time(3) default '10:11:12.5', d datetime, e datetime(6) default current_timestamp(6) on update current_timestamp(6), f timestamp null,
  g timestamp(3) not null default '2020-01-01 00:00:00.123', h year, i year(4) default 2001, j timestamp not null default current_timestamp,
  unique key (g, a), unique index named (g)
);
create table shapes (
  a point not null srid 4326, b geometry, c linestring, d polygon, e multipoint, f multilinestring, g multipolygon, h geometrycollection, i vector(3),
  j int as (1 + 2) stored, k int generated always as (1) virtual, l int invisible default 3, m int default (1 + 2), n varchar(36) default (uuid()), o varchar(10) as (concat('a', 'b')) stored not null,
  spatial index (a)
);
create view seen as select a from texts;
create database golden_mysql_schema_changes_2 character set latin1;
use golden_mysql_schema_changes_2;
create table other (id int primary key, v varchar(10));
