-- Ordinary outpatient, chronic disease and stays of Baoding residents, the annual limit and critical illness, by window functions, as an
-- analyst would write it for one year's extract. Amounts in fen. Left out, and so not in the deliveries it is given: waiting periods and
-- newborns, double cover, deaths, exclusions and injuries, two diseases, special disease, maternity, negotiated drugs, the running
-- deductible of low-income members (each depends on the last, which a window cannot say), rewards of the critical illness cap, reversals.
CREATE TABLE lines AS
SELECT claim_id, sum(amount) AS total, sum(over_limit) AS over_limit, sum(prepay) AS prepay, sum(in_scope) AS in_scope,
    sum(in_scope) FILTER (item_kind IN ('tcm_piece', 'tcm_granule', 'patent_tcm', 'tcm_preparation', 'tcm_service')) AS tcm
FROM (
    SELECT *, CASE WHEN catalogue_class = 'C' THEN 0 ELSE amount - over_limit - prepay END AS in_scope
    FROM (
        SELECT *, CASE WHEN catalogue_class = 'B' AND item_kind IN ('western_drug', 'patent_tcm', 'tcm_piece', 'tcm_granule', 'tcm_preparation')
                THEN ((amount - over_limit) * 5 + 50) // 100 ELSE 0 END AS prepay
        FROM (
            SELECT claim_id, item_kind, catalogue_class, (amount * 100)::BIGINT AS amount,
                CASE WHEN catalogue_class = 'C' OR limit_price IS NULL THEN 0
                    ELSE greatest(0, (amount * 100)::BIGINT - round(quantity * limit_price * 100, 0)::BIGINT) END AS over_limit
            FROM read_parquet('{delivery}/fee_lines.parquet')
        )
    )
)
GROUP BY claim_id;

CREATE TABLE person AS
SELECT c.claim_id, bool_or(s.status IN ('active', 'retired', 'flexible', 'elderly', 'nonworking', 'student', 'university_student', 'minor', 'child'))
        AS is_known,
    bool_or(s.status IN ('student', 'university_student', 'minor', 'child')) AS is_student, bool_or(s.status = 'university_student') AS at_university
FROM read_parquet('{delivery}/claims.parquet') AS c
JOIN read_parquet('{delivery}/statuses.parquet') AS s
    ON s.member_id = c.member_id AND s.valid_from <= c.started_on AND (s.valid_to IS NULL OR c.started_on <= s.valid_to)
GROUP BY c.claim_id;

CREATE TABLE chronic AS
SELECT c.claim_id, count(DISTINCT r.code) FILTER (r.code BETWEEN 'MB20' AND 'MB28') AS psychiatric,
    count(DISTINCT CASE r.code WHEN 'MB52' THEN 'MB51' ELSE r.code END) FILTER (r.code NOT BETWEEN 'MB20' AND 'MB28') AS others
FROM read_parquet('{delivery}/claims.parquet') AS c
JOIN read_parquet('{delivery}/registrations.parquet') AS r
    ON r.member_id = c.member_id AND r.programme = 'chronic' AND r.valid_from <= c.started_on
WHERE c.benefit = 'chronic'
GROUP BY c.claim_id;

CREATE TABLE refused AS
SELECT claim_id, [name FOR name IN [CASE WHEN undesignated THEN 'provider_not_designated' END, CASE WHEN during_stay THEN 'outpatient_during_stay' END]
        IF name IS NOT NULL] AS reasons
FROM (
    SELECT c.claim_id, NOT p.is_designated AS undesignated, c.care_type <> 'inpatient' AND EXISTS (
        SELECT 1 FROM read_parquet('{delivery}/claims.parquet') AS s
        WHERE s.member_id = c.member_id AND s.care_type = 'inpatient' AND s.started_on < c.started_on AND c.started_on < s.ended_on) AS during_stay
    FROM read_parquet('{delivery}/claims.parquet') AS c
    JOIN read_parquet('{delivery}/providers.parquet') AS p USING (provider_id)
)
WHERE undesignated OR during_stay;

CREATE TABLE claim AS
SELECT c.claim_id, c.member_id, c.provider_id, c.settled_at, year(coalesce(c.ended_on, c.started_on)) AS benefit_year, c.diagnosis_code,
    CASE WHEN c.care_type = 'inpatient' THEN 'inpatient' WHEN c.benefit = 'chronic' AND c.disease_code BETWEEN 'MB20' AND 'MB28' THEN 'psychiatric'
        WHEN c.benefit = 'chronic' THEN 'chronic' ELSE 'ordinary' END AS programme,
    l.total, l.over_limit, l.prepay, l.in_scope, coalesce(l.tcm, 0) AS tcm, f.reasons,
    CASE WHEN p.kind IN ('township_centre', 'community_centre', 'community_station', 'village_clinic') THEN 'T' ELSE p.level::VARCHAR END AS level,
    left(p.area_code, 2) IN ('13', '11', '12') AS is_near, left(p.area_code, 4) = '1306' AS in_city,
    coalesce(p.is_public AND p.is_tcm, false) AS is_public_tcm, coalesce(n.at_university, false) AS at_university,
    CASE WHEN n.is_known THEN n.is_student ELSE date_sub('year', m.birth_date, c.started_on) < 18 END AS is_student,
    CASE WHEN h.psychiatric > 0 AND h.others > 0 THEN 400000 WHEN h.psychiatric > 0 THEN 250000 WHEN h.others > 1 THEN 300000 ELSE 150000 END
        AS chronic_limit
FROM read_parquet('{delivery}/claims.parquet') AS c
JOIN lines AS l USING (claim_id)
JOIN read_parquet('{delivery}/providers.parquet') AS p USING (provider_id)
JOIN read_parquet('{delivery}/members.parquet') AS m USING (member_id)
LEFT JOIN person AS n USING (claim_id)
LEFT JOIN chronic AS h USING (claim_id)
LEFT JOIN refused AS f USING (claim_id);

CREATE TABLE terms AS
SELECT *,
    CASE WHEN is_public_tcm AND is_near THEN least(30000, own_standard) ELSE own_standard END AS standard,
    CASE WHEN programme <> 'inpatient' OR NOT in_city THEN NULL WHEN left(diagnosis_code, 3) BETWEEN 'C00' AND 'D48' THEN 'tumour'
        WHEN left(diagnosis_code, 3) = 'G80' THEN 'cerebral_palsy' END AS yearly_group,
    CASE WHEN is_student AND level IN ('2', '3') THEN 10 ELSE 0 END
        + CASE WHEN level = '3' THEN 55 WHEN level = '2' THEN 75 ELSE 90 END - CASE WHEN is_near OR level = '3' THEN 0 ELSE 10 END AS rate
FROM (
    SELECT *, CASE level WHEN 'T' THEN 10000 WHEN '1' THEN 30000 WHEN '2' THEN 60000 WHEN '3' THEN 200000 END AS own_standard
    FROM claim WHERE reasons IS NULL
);

CREATE TABLE borne AS
SELECT *,
    CASE programme
        WHEN 'inpatient' THEN least(in_scope, CASE WHEN yearly_group IS NOT NULL AND group_visits > 1 THEN 0 ELSE standard END)
        WHEN 'ordinary' THEN least(seen, 5000) - least(seen - in_scope, 5000)
        WHEN 'chronic' THEN least(seen, 50000) - least(seen - in_scope, 50000) ELSE 0 END AS deductible
FROM (
    SELECT *, count(*) OVER (PARTITION BY member_id, benefit_year, yearly_group ORDER BY settled_at, claim_id) AS group_visits,
        sum(in_scope) OVER (PARTITION BY member_id, benefit_year, programme ORDER BY settled_at, claim_id)::BIGINT AS seen
    FROM terms
);

CREATE TABLE pay AS
SELECT *, CASE WHEN in_scope = 0 THEN 0 ELSE
    CASE programme
        WHEN 'inpatient' THEN (2 * (in_scope - deductible)::HUGEINT * (rate * in_scope + tcm * (least(rate + 5, 100) - rate)) + in_scope * 100) // (in_scope * 200)
        WHEN 'ordinary' THEN ((in_scope - deductible) * CASE WHEN at_university THEN 80 ELSE 60 END + 50) // 100
        ELSE ((in_scope - deductible) * 70 + 50) // 100 END END::BIGINT AS pay,
    CASE programme WHEN 'inpatient' THEN 'inpatient' WHEN 'ordinary' THEN 'ordinary' ELSE 'chronic' END AS pool,
    CASE programme WHEN 'inpatient' THEN 20000000 WHEN 'ordinary' THEN CASE WHEN at_university THEN 30000 ELSE 20000 END
        ELSE chronic_limit END AS room
FROM borne;

-- A limit may rise or fall during the year: paid so far = running total - greatest excess so far.
CREATE TABLE limited AS
SELECT *, (paid_so_far - coalesce(lag(paid_so_far) OVER w, 0))::BIGINT AS within_room
FROM (
    SELECT *, running - greatest(0, max(running - room) OVER w) AS paid_so_far
    FROM (SELECT *, sum(pay) OVER w AS running FROM pay WINDOW w AS (PARTITION BY member_id, benefit_year, pool ORDER BY settled_at, claim_id))
    WINDOW w AS (PARTITION BY member_id, benefit_year, pool ORDER BY settled_at, claim_id)
)
WINDOW w AS (PARTITION BY member_id, benefit_year, pool ORDER BY settled_at, claim_id);

CREATE TABLE basic AS
SELECT *, (least(paid_in_year, 20000000) - least(paid_in_year - within_room, 20000000))::BIGINT AS basic_pay
FROM (SELECT *, sum(within_room) OVER (PARTITION BY member_id, benefit_year ORDER BY settled_at, claim_id) AS paid_in_year FROM limited);

CREATE TABLE illness AS
SELECT *, (ci_so_far - coalesce(lag(ci_so_far) OVER (PARTITION BY member_id, benefit_year ORDER BY settled_at, claim_id), 0))::BIGINT AS critical_illness_pay
FROM (
    SELECT *, least(30000000, (greatest(0, least(burden, 10000000) - 1501600) * 60 + greatest(0, least(burden, 15000000) - 10000000) * 70
        + greatest(0, burden - 15000000) * 80 + 50) // 100) AS ci_so_far
    FROM (SELECT *, sum(in_scope - basic_pay) OVER (PARTITION BY member_id, benefit_year ORDER BY settled_at, claim_id)::BIGINT AS burden FROM basic)
);

CREATE TABLE out.settlement AS
SELECT c.claim_id, c.member_id, c.provider_id, 'resident' AS scheme, c.benefit_year, 'baoding-resident' AS policy_id,
    CASE WHEN c.reasons IS NULL THEN 'paid' ELSE 'denied' END AS status, coalesce(c.reasons, []) AS reasons,
    c.total * 0.01::DECIMAL(3,2) AS total_amount,
    (c.total - coalesce(i.over_limit + i.prepay + i.in_scope, 0)) * 0.01::DECIMAL(3,2) AS out_of_scope_amount,
    coalesce(i.over_limit, 0) * 0.01::DECIMAL(3,2) AS over_limit_amount, coalesce(i.prepay, 0) * 0.01::DECIMAL(3,2) AS prepay_amount,
    coalesce(i.in_scope, 0) * 0.01::DECIMAL(3,2) AS in_scope_amount, coalesce(i.deductible, 0) * 0.01::DECIMAL(3,2) AS deductible_amount,
    coalesce(i.basic_pay, 0) * 0.01::DECIMAL(3,2) AS basic_pay, 0.00::DECIMAL(14,2) AS supplement_pay,
    coalesce(i.critical_illness_pay, 0) * 0.01::DECIMAL(3,2) AS critical_illness_pay, 0.00::DECIMAL(14,2) AS medical_aid_pay,
    0.00::DECIMAL(14,2) AS maternity_pay, 0.00::DECIMAL(14,2) AS ltc_pay, 0.00::DECIMAL(14,2) AS other_pay,
    (c.total - coalesce(i.basic_pay + i.critical_illness_pay, 0)) * 0.01::DECIMAL(3,2) AS personal_pay,
    coalesce(i.in_scope - i.basic_pay, 0) * 0.01::DECIMAL(3,2) AS critical_illness_base, 0.00::DECIMAL(14,2) AS allowance_pay
FROM claim AS c LEFT JOIN illness AS i USING (claim_id);
