create extension postgis;
create table places (id int primary key, g geometry, p geometry(Point,4326), pz geometry(PointZ,4326), gg geography, gp geography(Point,4326) default 'POINT(1 2)', ag geometry[], agg geography[], g_not_null geometry not null default 'POINT(0 0)', b2 box2d, b3 box3d);
insert into places values (1, 'POINT(1.5 -2)', 'SRID=4326;POINT(1 2)', 'SRID=4326;POINT(1 2 3)', 'POLYGON((0 0,0 1,1 1,0 0))', 'POINT(3 4)', array['POINT(1 2)'::geometry, 'SRID=3187;POINT(3 4)', null], array['POINT(5 6)'::geography], 'SRID=3187;LINESTRING(0 0,1 1)', 'BOX(1 2,3 4)', 'BOX3D(1 2 3,4 5 6)');
insert into places (id) values (2);
insert into places values (3, 'GEOMETRYCOLLECTION EMPTY', 'SRID=4326;POINT EMPTY', null, 'MULTIPOINT(1 2,3 4)', null, '{}', '{}', 'CIRCULARSTRING(0 0,1 1,2 0)');
