create table parted (id int, region text, v int, primary key (id, region)) partition by list (region);
create table parted_eu partition of parted for values in ('eu');
create table parted_rest partition of parted default;
insert into parted values (1, 'eu', 1), (2, 'us', 2);
