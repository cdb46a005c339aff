insert into defaults (id) values (3);
insert into defaults (id, o_int, o_text) values (4, null, null);
alter table defaults alter o_int set default 8, alter n_text set default 'other';
insert into defaults (id) values (5);
update defaults set o_big = null where id = 5;
