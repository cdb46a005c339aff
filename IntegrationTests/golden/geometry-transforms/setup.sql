create extension postgis;
create table g (id int primary key, p geometry, q geometry(PointZ, 3857), gg geography(Point, 4326), pt point);
insert into g values
  (1, 'SRID=4326;POINT(1 2)', 'SRID=3857;POINT Z (1 2 3)', 'SRID=4326;POINT(3 4)', '(5,6)'),
  (2, 'SRID=4269;LINESTRING(1 2, 3 4)', null, null, null),
  (3, 'SRID=4326;POLYGON((0 1, 4 1, 4 5, 0 1), (1 2, 2 2, 2 3, 1 2))', null, null, null),
  (4, 'SRID=4326;MULTIPOINT(1 2, 3 4)', null, null, null),
  (5, 'SRID=4326;MULTILINESTRING((1 2, 3 4), (5 6, 7 8))', null, null, null),
  (6, 'SRID=4326;MULTIPOLYGON(((0 1, 4 1, 4 5, 0 1)))', null, null, null),
  (7, 'SRID=4326;GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(1 2, 3 4))', null, null, null),
  (8, 'SRID=2000;POINT M (1 2 9)', null, null, null),
  (9, 'SRID=4326;POINT ZM (1 2 3 4)', null, null, null);
