insert into s.a values (2, 'x', 'y');
update s.a set secret = 'z' where id = 2;
insert into s.b values (2, 'x');
insert into public.a values (2);
