insert into g values (20, 'SRID=4326;POINT(7 8)', null, null, null);
update g set p = 'SRID=3857;POINT(9 8)' where id = 1;
delete from g where id = 2;
