xa start 'both'; insert into t values (2, 'two phases'), (3, 'two phases'); update t set v = 'changed' where id = 2; xa end 'both'; xa prepare 'both'; xa commit 'both';
insert into t values (4, 'between');
xa start 'one'; insert into t values (5, 'one phase'); xa end 'one'; xa commit 'one' one phase;
xa start 'never'; insert into t values (6, 'never prepared'); xa end 'never'; xa rollback 'never';
xa start 'back'; insert into t values (7, 'rolled back'); xa end 'back'; xa prepare 'back'; xa rollback 'back';
insert into t values (8, 'last');
