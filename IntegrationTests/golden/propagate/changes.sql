insert into "Sizes" (bx) values ('(2,2),(1,1)');
insert into plain values (2, 'b', 2.5, null);
comment on column plain.c is 'said otherwise';
alter table plain alter v type varchar(6);
insert into plain values (3, 'c', 2.5, null);
