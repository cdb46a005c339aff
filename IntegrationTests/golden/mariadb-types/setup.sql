-- Those of mysql-types that MariaDB has: no vectors, documents only as texts, GB18030 and SRIDs of columns not at all.
-- Every type with its edges; NULL in each.
set sql_mode = '', time_zone = '+00:00';
create table wholes (
  id int primary key,
  t tinyint, tu tinyint unsigned, tz tinyint(3) zerofill, t1 tinyint(1), b bool, s smallint, su smallint unsigned, m mediumint, mu mediumint unsigned,
  i int, iu int unsigned, iz int(8) zerofill, l bigint, lu bigint unsigned, sr bigint unsigned not null, y year
);
insert into wholes values
  (1, -128, 0, 7, 1, true, -32768, 0, -8388608, 0, -2147483648, 0, 42, -9223372036854775808, 0, 0, 1901),
  (2, 127, 255, 255, -1, false, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, 99999999, 9223372036854775807, 18446744073709551615, 9223372036854775808, 2155),
  (3, 0, 128, 0, 2, 1, 0, 32768, 0, 8388608, 0, 2147483648, 0, 0, 9223372036854775808, 1, 0),
  (4, null, null, null, null, null, null, null, null, null, null, null, null, null, null, 2, null);
create table fractions (
  id int primary key,
  d decimal(12,2), du decimal(20,0) unsigned, dz decimal(8,3) unsigned, d0 decimal, d65 decimal(65,30), d65i decimal(65,0), d30 decimal(30,30), d9 decimal(9,9), d1 decimal(1,0),
  f float, fu float unsigned, f72 float(7,2), f24 float(24), f53 float(53), g double, gz double zerofill, g105 double(10,5), r real
);
insert into fractions values
  (1, -1234567890.12, 12345678901234567890, 1.5, 42, 3.141592653589793238462643383279, -12345678901234567890123456789012345678901234567890123456789012345, -0.000000000000000000000000000001, 0.123456789, -9, 1.5, 0.1, 12345.67, 0.1, 0.1, 2.718281828459045, 1.25, 12345.67891, -2.5),
  (2, 9999999999.99, 99999999999999999999, 99999.999, -9999999999, -99999999999999999999999999999999999.999999999999999999999999999999, 99999999999999999999999999999999999999999999999999999999999999999, 0.999999999999999999999999999999, -0.999999999, 9, 3.402823466e38, 1.17549435e-38, -99999.99, 16777217, 1.7976931348623157e308, -1.7976931348623157e308, 0, -99999.99999, 1e22),
  (3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -0.0, 0, 0, 0),
  (4, 0.01, 1, 0.001, 1, 0.000000000000000000000000000001, -1, 0.1, 0.1, 1, 1e-45, 123456.789, 0.01, 1e7, 4.9e-324, 1e-7, 1e21, 0.00001, 100),
  (5, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
create table bits (id int primary key, b1 bit, b2 bit(2), b8 bit(8), b9 bit(9), b32 bit(32), b33 bit(33), b64 bit(64), nn bit(12) not null);
insert into bits values
  (1, b'1', b'10', b'10000001', b'100000001', 0x80000001, 0x180000002, 0x8000000000000001, 0x801),
  (2, b'0', 0, 0, 0, 0, 0, 0, 0),
  (3, b'1', 3, 255, 511, 0xFFFFFFFF, 0x1FFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0xFFF),
  (4, null, null, null, null, null, null, null, 0x100);
create table times (
  id int primary key,
  d date, t time, t1 time(1), t2 time(2), t3 time(3), t4 time(4), t5 time(5), t6 time(6),
  dt datetime, dt1 datetime(1), dt2 datetime(2), dt3 datetime(3), dt4 datetime(4), dt5 datetime(5), dt6 datetime(6),
  ts timestamp null, ts1 timestamp(1) null, ts2 timestamp(2) null, ts3 timestamp(3) null, ts4 timestamp(4) null, ts5 timestamp(5) null, ts6 timestamp(6) null, y year
);
insert into times values
  (1, '2024-02-29', '13:14:15', '13:14:15.1', '13:14:15.12', '13:14:15.123', '13:14:15.1234', '13:14:15.12345', '13:14:15.123456',
   '2024-02-29 13:14:15', '2024-02-29 13:14:15.1', '2024-02-29 13:14:15.12', '2024-02-29 13:14:15.123', '2024-02-29 13:14:15.1234', '2024-02-29 13:14:15.12345', '2024-02-29 13:14:15.123456',
   '2024-02-29 13:14:15', '2024-02-29 13:14:15.1', '2024-02-29 13:14:15.12', '2024-02-29 13:14:15.123', '2024-02-29 13:14:15.1234', '2024-02-29 13:14:15.12345', '2024-02-29 13:14:15.123456', 1999),
  (2, '1000-01-01', '00:00:00', '00:00:00.1', '00:00:00', '00:00:00.001', '00:00:00', '00:00:00', '00:00:00.000001',
   '1000-01-01', '1000-01-01', '1000-01-01', '1000-01-01', '1000-01-01', '1000-01-01', '1000-01-01 00:00:00.000001',
   '1970-01-01 00:00:01', '1970-01-01 00:00:01', '1970-01-01 00:00:01', '1970-01-01 00:00:01', '1970-01-01 00:00:01', '1970-01-01 00:00:01', '1970-01-01 00:00:01.000001', 70),
  (3, '9999-12-31', '23:59:59', '23:59:59.9', '23:59:59.99', '23:59:59.999', '23:59:59.9999', '23:59:59.99999', '23:59:59.999999',
   '9999-12-31 23:59:59', '9999-12-31 23:59:59.9', '9999-12-31 23:59:59.99', '9999-12-31 23:59:59.999', '9999-12-31 23:59:59.9999', '9999-12-31 23:59:59.99999', '9999-12-31 23:59:59.999999',
   '2038-01-19 03:14:07', '2038-01-19 03:14:07.4', '2038-01-19 03:14:07.49', '2038-01-19 03:14:07.499', '2038-01-19 03:14:07.4999', '2038-01-19 03:14:07.49999', '2038-01-19 03:14:07.499999', 69),
  (4, '1969-12-31', '12:00:00', '12:00:00', '12:00:00', '12:00:00', '12:00:00', '12:00:00', '12:00:00',
   '1969-12-31 23:59:59', '1969-12-31 23:59:59.9', '1969-12-31 23:59:59.99', '1969-12-31 23:59:59.999', '1969-12-31 23:59:59.9999', '1969-12-31 23:59:59.99999', '1969-12-31 23:59:59.999999',
   '2000-01-01', '2000-01-01 00:00:00.5', '2000-01-01', '2000-01-01 00:00:00.05', '2000-01-01', '2000-01-01', '2000-01-01 00:00:00.1', '2000'),
  (5, '1582-10-04', '01:02:03', '01:02:03', '01:02:03', '01:02:03', '01:02:03', '01:02:03', '01:02:03',
   '1582-10-10', '1900-02-28', '1752-09-02', '1601-01-01', '1677-09-21 00:12:43', '2262-04-11 23:47:16.9', '2262-04-12', null, null, null, null, null, null, null, null),
  (6, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
create table durations (id int primary key, t time, t1 time(1), t3 time(3), t6 time(6));
insert into durations values
  (1, '-838:59:59', '-838:59:59', '-838:59:59', '-838:59:59'), (2, '838:59:59', '838:59:59', '838:59:59', '838:59:59'),
  (3, '-00:00:01', '-00:00:00.1', '-00:00:00.001', '-00:00:00.000001'), (4, '24:00:00', '24:00:00.5', '99:59:59.999', '100:00:00.000001'),
  (5, '-01:02:03', '-01:02:03.4', '-01:02:03.456', '-01:02:03.456789'), (6, '-100:00:00', '-100:00:00.9', '-23:59:59.999', '-23:59:59.999999');
create table zeros (
  id int primary key, d date, dn date not null, dt datetime, dtn datetime not null, dt6 datetime(6), ts timestamp null, tsn timestamp not null, ts6n timestamp(6) not null, y year not null
);
insert into zeros values
  (1, '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00', 0),
  (4, '0001-01-01', '0000-01-01', '0001-01-01 00:00:01', '0000-01-01 00:00:01', '0099-12-31 23:59:59.999999', null, '1970-01-01 00:00:01', '1970-01-01 00:00:01', 1970);
set sql_mode = 'ALLOW_INVALID_DATES';
insert into zeros values
  (2, '2024-00-00', '2024-00-15', '2024-00-00', '2024-12-00', '2024-00-00 01:02:03.000004', null, '2024-01-01', '2024-01-01', 1);
set sql_mode = '';
create table texts (
  id int primary key,
  c char(5), c0 char(0), v varchar(20), v300 varchar(300), vl varchar(2000), tt tinytext, t text, mt mediumtext, lt longtext,
  bin char(5) binary, nat nchar(5), natv nvarchar(20), l1 varchar(20) character set latin1, a varchar(20) character set ascii
) character set utf8mb4;
insert into texts values
  (1, 'ab', '', 'varchar', repeat('é', 200), repeat('x', 600), 'tiny', concat('text ü 漢字 😀 "q" \\ / ', char(9), char(10), char(1), char(0), ' end'), 'medium', 'long', 'B', 'nä', 'nv', 'é€Œ', 'plain ~'),
  (2, '', '', '', '', '', '', '', '', '', '', '', '', '', ''),
  (3, '😀😀😀😀😀', '', '  padded  ', 'a', 'b', repeat('ß', 127), repeat('y', 300), repeat('z', 70000), repeat('w', 70000), '  x', 'ŝ', 'ŭ', unhex('808182838485868E8F909D9E9FA0FF'), 'x'),
  (4, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
create table charsets (
  id int primary key,
  armscii8 varchar(20) character set armscii8, big5 varchar(20) character set big5, cp1250 varchar(20) character set cp1250, cp1251 varchar(20) character set cp1251,
  cp1256 varchar(20) character set cp1256, cp1257 varchar(20) character set cp1257, cp850 varchar(20) character set cp850, cp852 varchar(20) character set cp852,
  cp866 varchar(20) character set cp866, cp932 varchar(20) character set cp932, dec8 varchar(20) character set dec8, eucjpms varchar(20) character set eucjpms,
  euckr varchar(20) character set euckr, gb18030 varchar(20) character set utf8mb4, gb2312 varchar(20) character set gb2312, gbk varchar(20) character set gbk,
  geostd8 varchar(20) character set geostd8, greek varchar(20) character set greek, hebrew varchar(20) character set hebrew, hp8 varchar(20) character set hp8,
  keybcs2 varchar(20) character set keybcs2, koi8r varchar(20) character set koi8r, koi8u varchar(20) character set koi8u, latin1 varchar(20) character set latin1,
  latin2 varchar(20) character set latin2, latin5 varchar(20) character set latin5, latin7 varchar(20) character set latin7, macce varchar(20) character set macce,
  macroman varchar(20) character set macroman, sjis varchar(20) character set sjis, swe7 varchar(20) character set swe7, tis620 varchar(20) character set tis620,
  ucs2 varchar(20) character set ucs2, ujis varchar(20) character set ujis, utf16 varchar(20) character set utf16, utf16le varchar(20) character set utf16le,
  utf32 varchar(20) character set utf32, utf8mb3 varchar(20) character set utf8mb3, utf8mb4 varchar(20) character set utf8mb4
);
insert into charsets values
  (1, 'Հայերեն', '漢字繁體', 'žluťoučký', 'привет', 'سلام', 'žēķis', 'éñß', 'žluť', 'привет', 'カナｶﾅ漢①', 'éñß', 'カナ漢字①', '한국어', '漢字€😀', '汉字', '汉字繁體', 'ქართული', 'αβγάώ', 'שלום', 'éñß', 'žluť', 'привет', 'привіт їґ', 'é€Œž',
   'žłąř', 'ığşé', 'žēķø', 'žlúč', 'é∑ƒß', 'カナｶﾅ漢', 'ÅÄÖåäö', 'สวัสดี', '漢字', 'カナ漢字', '漢字😀', '漢字😀', '漢字😀', '漢字ü', '漢字😀'),
  (2, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', ''),
  (3, 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', '~\\¥', 'a', '~\\', '~\\', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', '~\\', 'a', 'a', 'a', '~\\', 'a', 'a', 'a', 'a', 'a');
create table mixed (
  id int primary key, lc char(10) character set latin1, lt text character set latin1, gt tinytext character set gbk, ut mediumtext character set utf16, bt longtext character set binary, bv varchar(10) character set binary,
  ge enum('一','二') character set gbk, ls set('é','ü') character set latin1, ce enum('a','b') character set utf16
) character set cp1251;
insert into mixed values (1, 'éab', repeat('é', 300), '汉字', '漢字😀', 'bin é', 'bv é', '二', 'é,ü', 'b'), (2, null, null, null, null, null, null, null, null, null);
create table binaries (
  id int primary key, b4 binary(4), b0 binary(0), b255 binary(20), v varbinary(10), v300 varbinary(300), tb tinyblob, b blob, mb mediumblob, lb longblob, vn varbinary(4) not null
);
insert into binaries values
  (1, x'00ff', '', 'x', x'00ff10', repeat(x'80', 280), x'01', x'02', x'03', x'04', x'fffefdfc'), (2, '', '', '', '', '', '', '', '', '', ''),
  (3, x'61000000', '', repeat(x'00', 20), x'000000', x'00', repeat('t', 255), repeat('b', 300), repeat('m', 70000), repeat(x'0102', 3), x'00'), (4, null, null, null, null, null, null, null, null, null, 'n');
create table choices (
  id int primary key, e enum('a','b,c','d''e','f"g','ü') default 'a', en enum('x','y') not null, s set('x','y','z'), sn set('a','b','c','d','e','f','g','h','i') not null, s64 set('m0','m1','m2','m3','m4','m5','m6','m7','m8','m9','m10','m11','m12','m13','m14','m15','m16','m17','m18','m19','m20','m21','m22','m23','m24','m25','m26','m27','m28','m29','m30','m31','m32','m33','m34','m35','m36','m37','m38','m39','m40','m41','m42','m43','m44','m45','m46','m47','m48','m49','m50','m51','m52','m53','m54','m55','m56','m57','m58','m59','m60','m61','m62','m63'), sp enum(' a', 'b ', '')
);
insert into choices values
  (1, 'b,c', 'x', 'x,z', 'a,i', 'm0,m63', ' a'), (2, 'd''e', 'y', '', '', '', 'b'), (3, 'f"g', 'nope', 'nope', 'nope', 'm31,m32', ''), (4, 'ü', '', 'x,y,z', 'i', 'm63', null), (5, null, 'x', null, 'a', null, null);
create table big_enum (id int primary key, e enum('v0','v1','v2','v3','v4','v5','v6','v7','v8','v9','v10','v11','v12','v13','v14','v15','v16','v17','v18','v19','v20','v21','v22','v23','v24','v25','v26','v27','v28','v29','v30','v31','v32','v33','v34','v35','v36','v37','v38','v39','v40','v41','v42','v43','v44','v45','v46','v47','v48','v49','v50','v51','v52','v53','v54','v55','v56','v57','v58','v59','v60','v61','v62','v63','v64','v65','v66','v67','v68','v69','v70','v71','v72','v73','v74','v75','v76','v77','v78','v79','v80','v81','v82','v83','v84','v85','v86','v87','v88','v89','v90','v91','v92','v93','v94','v95','v96','v97','v98','v99','v100','v101','v102','v103','v104','v105','v106','v107','v108','v109','v110','v111','v112','v113','v114','v115','v116','v117','v118','v119','v120','v121','v122','v123','v124','v125','v126','v127','v128','v129','v130','v131','v132','v133','v134','v135','v136','v137','v138','v139','v140','v141','v142','v143','v144','v145','v146','v147','v148','v149','v150','v151','v152','v153','v154','v155','v156','v157','v158','v159','v160','v161','v162','v163','v164','v165','v166','v167','v168','v169','v170','v171','v172','v173','v174','v175','v176','v177','v178','v179','v180','v181','v182','v183','v184','v185','v186','v187','v188','v189','v190','v191','v192','v193','v194','v195','v196','v197','v198','v199','v200','v201','v202','v203','v204','v205','v206','v207','v208','v209','v210','v211','v212','v213','v214','v215','v216','v217','v218','v219','v220','v221','v222','v223','v224','v225','v226','v227','v228','v229','v230','v231','v232','v233','v234','v235','v236','v237','v238','v239','v240','v241','v242','v243','v244','v245','v246','v247','v248','v249','v250','v251','v252','v253','v254','v255','v256','v257','v258','v259','v260','v261','v262','v263','v264','v265','v266','v267','v268','v269','v270','v271','v272','v273','v274','v275','v276','v277','v278','v279','v280','v281','v282','v283','v284','v285','v286','v287','v288','v289','v290','v291','v292','v293','v294','v295','v296','v297','v298','v299'));
insert into big_enum values (1, 'v0'), (2, 'v255'), (3, 'v299');
create table shapes (
  id int primary key, p point, g geometry, l linestring, po polygon, mp multipoint, ml multilinestring, mpo multipolygon, gc geometrycollection, p4 point, pn point not null
);
insert into shapes values
  (1, point(1.5, -2), st_geomfromtext('POLYGON((0 0,1 0,1 1,0 0))'), st_geomfromtext('LINESTRING(0 0,1 1)'), st_geomfromtext('POLYGON((0 0,1 0,1 1,0 0),(0 0,1 0,1 1,0 0))'), st_geomfromtext('MULTIPOINT(0 0,1 1)'),
   st_geomfromtext('MULTILINESTRING((0 0,1 1),(2 2,3 3))'), st_geomfromtext('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))'), st_geomfromtext('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))'), st_geomfromtext('POINT(10 20)', 4326), point(0, 0)),
  (2, point(-0.0, 1e300), st_geomfromtext('POINT(1 2)', 3857), null, null, null, null, null, st_geomfromtext('GEOMETRYCOLLECTION EMPTY'), null, point(1e-300, 2)),
  (3, null, null, null, null, null, null, null, null, null, st_geomfromtext('POINT(3 4)', 4326));
create table odd (
  id int primary key comment 'the key', name varchar(10) comment 'a ''quoted'' comment', g int as (id * 2) stored, gv varchar(20) as (concat(name, '!')) virtual, hidden int invisible default 9,
  `select` int, `a b` int, `ü` int, u int unsigned comment 'unsigned', d decimal(9,3), e enum('p','q'), t time(3), c char(3) character set latin1, x varchar(10) collate utf8mb4_bin, bb bit(3), bi binary(3), js json, pt point
) comment 'odd columns';
insert into odd (id, name, hidden, `select`, `a b`, `ü`, u, d, e, t, c, x) values (1, 'n', 3, 4, 5, 6, 7, 1.5, 'p', '01:02:03.4', 'é', 'X'), (2, null, null, null, null, null, null, null, null, null, null, null);
create table defaults (
  id int primary key, t tinyint default -1, tu tinyint unsigned default 200, b1 bool default true, b0 bool not null default false, s smallint default 300, m mediumint default '70000', i int default 7, inn int not null default 8, l bigint default 9, lu bigint unsigned default 18446744073709551615,
  d decimal(10,3) default 1.5, dn decimal(10,3) not null default 0.125, f float default 1.5, g double default -2.25, bit1 bit default b'1', bit9 bit(9) default b'100000001', bit64 bit(64) default 5,
  y year default 2024, da date default '2024-02-29', ti time default '01:02:03', ti6 time(6) default '-01:02:03.000004', dt datetime default '2024-02-29 01:02:03', dt6 datetime(6) default '2024-02-29 01:02:03.000004', dtc datetime default current_timestamp, dtc6 datetime(6) default current_timestamp(6) on update current_timestamp(6),
  ts timestamp null default '2024-02-29 01:02:03', ts6 timestamp(6) null default '2024-02-29 01:02:03.000004', tsc timestamp default current_timestamp on update current_timestamp, tscn timestamp not null default current_timestamp,
  dz date default '0000-00-00', dtz datetime default '0000-00-00 00:00:00', tsz timestamp not null default '0000-00-00 00:00:00', dzn date not null default '0000-00-00',
  c char(5) default 'ab', v varchar(20) default 'it''s "q" \\ x', ve varchar(10) default '', vn varchar(10) not null default 'nn', vnull varchar(10) default null, bi binary(3) default 'b', vb varbinary(3) default x'00ff', tx text default ('txt'), bl blob default ('blb'),
  e enum('a','b') default 'b', en enum('a','b') not null default 'a', se set('a','b','c') default 'a,c', j json default ('{"a": 1}'), ex int default (1 + 2), uu varchar(40) default (uuid()), p point default (point(1, 2))
);
insert into defaults (id, dtc, dtc6, tsc, tscn, uu) values (1, '2024-01-01', '2024-01-01', '2024-01-01', '2024-01-01', 'u');
insert into defaults values (2, null, null, null, 1, null, null, null, 1, null, null, null, 1, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, '2024-01-01', '2024-01-01', null, null, '2024-01-01', '2024-01-01',
  null, null, null, 'x', null, null, null, null, null, null, 'a', null, null, null, null, null);
