-- The three funds of the programme and the names under which old books know them; the audit chain begins.
-- A fund collects nothing until the administrator names its legal recipient and plan (慈善法 Art 22-27).

insert into fund (id, code, position, name_zh, name_en, purpose_zh, purpose_en) values
    (x'01900000000070008000000000000001', 'spark', 1, '火种工程', 'Spark Project',
     '为困难家庭的患儿找到并送达配型相合的脐带血，并资助移植。',
     'Finds and delivers a matched cord blood unit for children of families in need, and helps pay for the transplant.'),
    (x'01900000000070008000000000000002', 'aid', 2, '救助基金', 'Aid Fund',
     '资助正在接受脐带血移植或辅助治疗的患者，由基金管理委员会分批评审。',
     'Helps patients who receive a cord blood transplant or auxiliary treatment; a committee decides in batches.'),
    (x'01900000000070008000000000000003', 'research', 3, '科研基金', 'Research Fund',
     '支持脐带血临床应用的研究，结果公开。',
     'Supports research into the clinical use of cord blood; results are published.');

insert into fund_balance (fund_id, received_fen, refunded_fen, fees_fen, spent_fen, encumbered_fen, gifts)
    select id, 0, 0, 0, 0, 0, 0 from fund;

insert into fund_alias (alias, fund_id)
    select '火种工程', id from fund where code = 'spark'
    union all select '“火种工程”', id from fund where code = 'spark'
    union all select '火种工程项目', id from fund where code = 'spark'
    union all select '救助基金', id from fund where code = 'aid'
    union all select '脐血库救助基金', id from fund where code = 'aid'
    union all select '科研基金', id from fund where code = 'research';

insert into audit_chain (chain, seq, hash) values (1, 0, zeroblob(32));
