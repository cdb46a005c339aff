insert into a values (4, 'four', 40);
alter table b add column w int default 7;
insert into b (id, v) values (2, 'w');
insert into nothing values (1);
delete from c where v = 'z';
