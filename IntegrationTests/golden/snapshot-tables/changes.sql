insert into parent values (3, 'q');
insert into child values (4, 'd', 'y');
