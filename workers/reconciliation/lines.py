"""The questions by which reconciliation compares lines: ours, theirs, and what was paid out."""

from __future__ import annotations

from typing import LiteralString

# All of these are asked in one transaction. `scope` names what is looked at: all that happened on
# these days on either side, and all that was not matched before.
SCOPE: LiteralString = """
CREATE TEMP TABLE scope ON COMMIT DROP AS
SELECT DISTINCT transaction_id FROM (
    SELECT transaction_id FROM read.payment_lines
    WHERE kind = 'payment' AND provider = %(provider)s AND day BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT paid.transaction_id FROM read.payment_lines AS moved
    JOIN read.payment_lines AS paid USING (attempt_id, line_id)
    WHERE moved.kind <> 'payment' AND paid.kind = 'payment' AND moved.provider = %(provider)s
        AND moved.day BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT transaction_id FROM recon_transactions
    WHERE provider = %(provider)s AND day BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT transaction_id FROM recon_payouts
    WHERE provider = %(provider)s AND day BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT transaction_id FROM recon_bounces JOIN recon_payouts USING (provider, reference)
    WHERE provider = %(provider)s AND recon_bounces.day BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT transaction_id FROM recon_lines WHERE provider = %(provider)s AND status <> 'matched'
) AS looked_at
"""
OURS: LiteralString = """
CREATE TEMP TABLE ours ON COMMIT DROP AS
SELECT l.*, count(*) OVER (PARTITION BY transaction_id) AS claims,
    l.day + CASE WHEN installments > 1 THEN (%(instalment_days)s * installments)::int
                 WHEN extract(isodow FROM l.day) = 5 THEN 3
                 WHEN extract(isodow FROM l.day) = 6 THEN 2
                 ELSE 1 END AS paid_out_on
FROM scope JOIN read.payment_lines AS l USING (transaction_id)
WHERE l.kind = 'payment' AND l.provider = %(provider)s
"""
OUR_REFUNDS: LiteralString = """
CREATE TEMP TABLE our_refunds ON COMMIT DROP AS
SELECT r.movement_id, r.refund_id, r.attempt_id, r.order_id, r.line_id, r.amount, r.currency, r.day,
    r.at, ours.transaction_id, f.amount AS told_fee
FROM ours JOIN read.payment_lines AS r USING (attempt_id, line_id)
LEFT JOIN read.payment_lines AS f ON f.attempt_id = r.attempt_id AND f.line_id = r.line_id
    AND f.kind = 'returned_fee' AND f.refund_id = r.refund_id
WHERE r.kind = 'refund'
"""
THEIRS: LiteralString = """
CREATE TEMP TABLE theirs ON COMMIT DROP AS
SELECT t.*, row_number() OVER same AS place,
    count(*) OVER (PARTITION BY transaction_id, kind) AS times
FROM scope JOIN recon_transactions AS t USING (transaction_id)
WHERE t.provider = %(provider)s AND gone_by IS NULL AND succeeded
WINDOW same AS (PARTITION BY transaction_id, kind ORDER BY row_id)
"""
PAID_OUT: LiteralString = """
CREATE TEMP TABLE paid_out ON COMMIT DROP AS
SELECT transaction_id, min(p.day) AS day, min(currency) AS currency,
    count(DISTINCT currency) AS currencies,
    coalesce(sum(amount) FILTER (WHERE bounced_on IS NULL), 0) AS amount,
    count(*) FILTER (WHERE bounced_on IS NULL) AS payouts,
    max(bounced_on) AS bounced_on,
    array_agg(DISTINCT reference ORDER BY reference) AS payout_references
FROM scope JOIN recon_payouts AS p USING (transaction_id)
LEFT JOIN (SELECT reference, max(day) AS bounced_on FROM recon_bounces
           WHERE provider = %(provider)s AND gone_by IS NULL GROUP BY reference) AS b
    USING (reference)
WHERE p.provider = %(provider)s AND p.gone_by IS NULL
GROUP BY transaction_id
"""
# A refund is named by our id; a cancel, and what was refunded by other hands, by its amount.
PAIRS: LiteralString = """
CREATE TEMP TABLE pairs ON COMMIT DROP AS
WITH named AS (
    SELECT DISTINCT ON (r.movement_id) r.movement_id, t.row_id
    FROM our_refunds AS r JOIN theirs AS t ON t.transaction_id = r.transaction_id
        AND t.kind = 'refund' AND t.conversation_id = r.refund_id::text
    ORDER BY r.movement_id, t.row_id
), ours_left AS (
    SELECT movement_id, transaction_id, amount,
        row_number() OVER (PARTITION BY transaction_id, amount ORDER BY at, movement_id) AS place
    FROM our_refunds WHERE movement_id NOT IN (SELECT movement_id FROM named)
), theirs_left AS (
    SELECT row_id, transaction_id, paid AS amount,
        row_number() OVER (PARTITION BY transaction_id, paid ORDER BY row_id) AS place
    FROM theirs WHERE kind <> 'payment' AND row_id NOT IN (SELECT row_id FROM named)
        AND conversation_id NOT IN (SELECT refund_id::text FROM our_refunds JOIN named
                                    USING (movement_id))
)
SELECT movement_id, row_id FROM named
UNION ALL
SELECT movement_id, row_id FROM ours_left JOIN theirs_left USING (transaction_id, amount, place)
"""
REFUNDED: LiteralString = """
CREATE TEMP TABLE refunded ON COMMIT DROP AS
SELECT r.transaction_id, sum(r.amount - coalesce(back.fee, told_fee, 0)) AS total,
    coalesce(sum(r.amount - coalesce(back.fee, told_fee, 0))
        FILTER (WHERE r.day + %(slack)s < %(as_of)s), 0) AS ripe,
    bool_or(t.kind = 'cancel') AS cancelled
FROM our_refunds AS r
LEFT JOIN pairs USING (movement_id)
LEFT JOIN theirs AS t USING (row_id)
LEFT JOIN LATERAL (SELECT abs(t.commission) + abs(t.fee) AS fee WHERE t.row_id IS NOT NULL) AS back
    ON true
GROUP BY r.transaction_id
"""
PAYMENTS: LiteralString = """
CREATE TEMP TABLE found ON COMMIT DROP AS
WITH compared AS (
    SELECT o.*, t.row_id, t.paid AS their_paid, t.commission AS their_commission,
        t.fee AS their_fee, t.times, t.currency AS their_currency, t.conversation_id,
        t.basket_id, t.payout, t.payment_id AS their_payment_id,
        o.amount - o.commission - o.fee AS net,
        t.paid - t.commission - t.fee AS their_net,
        CASE WHEN r.cancelled THEN 0
             ELSE o.amount - o.commission - o.fee - coalesce(r.total, 0) END AS due,
        CASE WHEN r.cancelled THEN 0
             ELSE o.amount - o.commission - o.fee - coalesce(r.ripe, 0) END AS due_by_now,
        coalesce(r.total, 0) <> 0 AS has_refunds,
        p.currency AS payout_currency, p.currencies,
        coalesce(p.amount, 0) AS paid_out, coalesce(p.payouts, 0) AS payouts,
        coalesce(p.payout_references, '{}') AS payout_references,
        greatest(o.paid_out_on, p.bounced_on + 1) AS due_on
    FROM ours AS o
    LEFT JOIN theirs AS t ON t.transaction_id = o.transaction_id AND t.kind = 'payment'
        AND t.place = 1
    LEFT JOIN refunded AS r ON r.transaction_id = o.transaction_id
    LEFT JOIN paid_out AS p ON p.transaction_id = o.transaction_id
), judged AS (
    SELECT *, row_id IS NULL AND day + %(slack)s < %(as_of)s AS is_unreported,
        CASE
            WHEN paid_out = due THEN 'right'
            WHEN payouts = 0 THEN
                CASE WHEN due_on + %(slack)s < %(as_of)s THEN 'missing' ELSE 'waits' END
            WHEN due_on + %(slack)s < %(as_of)s THEN
                CASE WHEN paid_out BETWEEN due AND due_by_now THEN 'waits' ELSE 'wrong' END
            WHEN installments > 1 AND paid_out BETWEEN least(due, 0) AND net THEN 'waits'
            WHEN has_refunds AND paid_out BETWEEN due AND due_by_now THEN 'waits'
            ELSE 'wrong'
        END AS payout_is
    FROM compared
)
SELECT 'p:' || movement_id AS line_key, provider,
    CASE WHEN row_id IS NULL THEN 'ours' ELSE 'both' END AS side, 'payment' AS kind, day,
    attempt_id, order_id, line_id, NULL::uuid AS refund_id, transaction_id,
    attempt_id::text AS conversation_id, currency, amount AS ours, their_paid AS theirs,
    commission AS our_commission, their_commission, fee AS our_fee, their_fee, due, paid_out,
    due_on, payout_references,
    array_remove(ARRAY[
        CASE WHEN is_unreported THEN 'not_reported' END,
        CASE WHEN claims > 1 THEN 'claimed_twice' END,
        CASE WHEN times > 1 THEN 'doubled' END,
        CASE WHEN their_currency <> currency OR payout_currency <> currency OR currencies > 1
             THEN 'currency' END,
        CASE WHEN their_paid <> amount THEN 'amount' END,
        CASE WHEN their_commission <> commission THEN 'commission' END,
        CASE WHEN their_fee <> fee THEN 'fee' END,
        CASE WHEN their_payment_id <> payment_id THEN 'payment' END,
        CASE WHEN conversation_id <> attempt_id::text THEN 'attempt' END,
        CASE WHEN basket_id <> order_id::text THEN 'order' END,
        CASE WHEN payout <> their_net THEN 'payout_announced' END,
        CASE payout_is WHEN 'wrong' THEN 'payout' WHEN 'missing' THEN 'not_paid_out' END
    ], NULL) AS faults,
    row_id IS NULL OR payout_is = 'waits' AS waits,
    CASE WHEN payout_is IN ('wrong', 'missing') THEN due_by_now - paid_out
         WHEN row_id IS NULL THEN net
         ELSE net - their_net * times END AS difference
FROM judged
"""
REFUNDS: LiteralString = """
INSERT INTO found
SELECT 'r:' || r.movement_id, %(provider)s, CASE WHEN t.row_id IS NULL THEN 'ours' ELSE 'both' END,
    'refund', r.day, r.attempt_id, r.order_id, r.line_id, r.refund_id, r.transaction_id,
    coalesce(t.conversation_id, ''), r.currency, r.amount, t.paid, r.told_fee, back.fee, NULL, NULL,
    NULL, NULL, NULL, '{}',
    array_remove(ARRAY[
        CASE WHEN t.row_id IS NULL AND r.day + %(slack)s < %(as_of)s THEN 'not_reported' END,
        CASE WHEN t.currency <> r.currency THEN 'currency' END,
        CASE WHEN t.paid <> r.amount THEN 'amount' END,
        CASE WHEN back.fee <> r.told_fee THEN 'commission' END
    ], NULL),
    t.row_id IS NULL OR back.fee <> coalesce(r.told_fee, 0),
    CASE WHEN t.row_id IS NULL THEN -r.amount
         ELSE t.paid - r.amount + coalesce(r.told_fee - back.fee, 0) END
FROM our_refunds AS r
LEFT JOIN pairs USING (movement_id)
LEFT JOIN theirs AS t USING (row_id)
LEFT JOIN LATERAL (
    SELECT CASE WHEN t.kind = 'cancel' THEN (SELECT o.commission + o.fee FROM ours AS o
                                             WHERE o.transaction_id = r.transaction_id LIMIT 1)
                ELSE abs(t.commission) + abs(t.fee) END AS fee
    WHERE t.row_id IS NOT NULL) AS back ON true
"""
# What they report and we do not have. An attempt of ours is asked again before anybody looks.
UNKNOWN: LiteralString = r"""
INSERT INTO found
SELECT 't:' || row_id, %(provider)s, 'theirs', CASE kind WHEN 'payment' THEN 'payment' ELSE 'refund'
    END, day, attempt_id, order_id, NULL, refund_id, transaction_id, conversation_id, currency,
    NULL, paid, NULL, commission, NULL, fee, NULL,
    CASE kind WHEN 'payment' THEN (SELECT p.amount FROM paid_out AS p
                                   WHERE p.transaction_id = judged.transaction_id) END,
    NULL, '{}',
    CASE WHEN fault IS NULL OR waits THEN '{}' ELSE ARRAY[fault] END, waits,
    CASE kind WHEN 'payment' THEN commission + fee - paid ELSE paid END
FROM (
    SELECT t.*, a.attempt_id, a.order_id, f.refund_id,
        CASE
            WHEN t.kind <> 'payment' AND t.conversation_id IN
                (SELECT refund_id::text FROM our_refunds) THEN 'doubled'
            WHEN t.kind = 'payment' AND t.place > 1 THEN 'doubled'
            WHEN t.kind <> 'payment' THEN
                CASE WHEN f.state IN ('requested', 'pending') THEN 'not_recorded'
                     ELSE 'unknown_refund' END
            WHEN a.attempt_id IS NULL THEN 'unknown_payment'
            WHEN a.state = 'succeeded' THEN 'unknown_line'
            ELSE 'not_recorded'
        END AS fault,
        CASE
            WHEN t.kind <> 'payment' THEN f.state IN ('requested', 'pending')
                AND t.day + %(slack)s >= %(as_of)s
            WHEN t.place > 1 THEN false
            WHEN a.state = 'in_review' THEN true
            ELSE coalesce(a.state NOT IN ('succeeded', 'opened', 'failed'), false)
                AND read.fetched_at + %(ask_days)s * interval '1 day' > %(began_at)s
        END IS TRUE AS waits
    FROM (SELECT *, CASE WHEN conversation_id ~
                '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
              THEN conversation_id::uuid END AS ours_id FROM theirs) AS t
    JOIN recon_fetches AS read ON read.fetch_id = t.seen_by
    LEFT JOIN read.payments AS a ON t.kind = 'payment' AND a.attempt_id = t.ours_id
    LEFT JOIN read.payment_refunds AS f ON t.kind <> 'payment' AND f.refund_id = t.ours_id
    WHERE CASE WHEN t.kind = 'payment'
          THEN NOT EXISTS (SELECT FROM ours WHERE ours.transaction_id = t.transaction_id)
          ELSE NOT EXISTS (SELECT FROM pairs WHERE pairs.row_id = t.row_id) END
) AS judged
"""
UNKNOWN_PAYOUTS: LiteralString = """
INSERT INTO found
SELECT 'o:' || transaction_id, %(provider)s, 'theirs', 'payout', day, NULL, NULL, NULL, NULL,
    transaction_id, '', currency, NULL, NULL, NULL, NULL, NULL, NULL, 0, amount, NULL,
    payout_references, ARRAY['unknown_payout'], false, -amount
FROM paid_out AS p
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.transaction_id = p.transaction_id)
    AND NOT EXISTS (SELECT FROM theirs WHERE theirs.transaction_id = p.transaction_id
                    AND kind = 'payment')
"""
# What was found before and is there no more is no difference any longer.
VANISHED: LiteralString = """
INSERT INTO found
SELECT line_key, provider, side, kind, day, attempt_id, order_id, line_id, refund_id,
    transaction_id, conversation_id, currency, ours, theirs, our_commission, their_commission,
    our_fee, their_fee, due, paid_out, due_on, payout_references, '{}', false, 0
FROM scope JOIN recon_lines USING (transaction_id)
WHERE provider = %(provider)s AND status <> 'matched'
    AND line_key NOT IN (SELECT line_key FROM found)
"""
STATUS: LiteralString = """
ALTER TABLE found ADD COLUMN status text GENERATED ALWAYS AS (
    CASE WHEN faults <@ ARRAY['not_reported', 'not_paid_out'] AND faults <> '{}' THEN 'aged'
         WHEN faults <> '{}' THEN 'mismatched'
         WHEN waits THEN 'expected'
         ELSE 'matched' END) STORED
"""
CHANGED: LiteralString = """
CREATE TEMP TABLE changed ON COMMIT DROP AS
SELECT found.*, l.status AS was FROM found LEFT JOIN recon_lines AS l USING (line_key)
WHERE l.line_key IS NULL
    OR (l.status, l.faults, l.side, l.ours, l.theirs, l.our_commission, l.their_commission,
        l.our_fee, l.their_fee, l.due, l.paid_out, l.due_on, l.payout_references, l.difference)
    IS DISTINCT FROM
       (found.status, found.faults, found.side, found.ours, found.theirs, found.our_commission,
        found.their_commission, found.our_fee, found.their_fee, found.due, found.paid_out,
        found.due_on, found.payout_references, found.difference)
"""
TELL_CHANGES: LiteralString = """
INSERT INTO recon_changes (line_key, run_id, was, status, faults)
SELECT line_key, %(run)s, was, status, faults FROM changed
"""
KEEP_LINES: LiteralString = """
INSERT INTO recon_lines (line_key, provider, side, kind, day, attempt_id, order_id, line_id,
    refund_id, transaction_id, conversation_id, currency, ours, theirs, our_commission,
    their_commission, our_fee, their_fee, due, paid_out, due_on, payout_references, status, faults,
    difference, run_id)
SELECT line_key, provider, side, kind, day, attempt_id, order_id, line_id, refund_id,
    transaction_id, conversation_id, currency, ours, theirs, our_commission, their_commission,
    our_fee, their_fee, due, paid_out, due_on, payout_references, status, faults, difference,
    %(run)s
FROM changed
ON CONFLICT (line_key) DO UPDATE SET side = excluded.side, ours = excluded.ours,
    theirs = excluded.theirs, our_commission = excluded.our_commission,
    their_commission = excluded.their_commission, our_fee = excluded.our_fee,
    their_fee = excluded.their_fee, due = excluded.due, paid_out = excluded.paid_out,
    due_on = excluded.due_on, payout_references = excluded.payout_references,
    status = excluded.status, faults = excluded.faults, difference = excluded.difference,
    attempt_id = excluded.attempt_id, order_id = excluded.order_id, run_id = excluded.run_id,
    changed_at = clock_timestamp()
"""
STEPS: tuple[tuple[str, LiteralString], ...] = (
    ("scope", SCOPE),
    ("ours", OURS),
    ("our_refunds", OUR_REFUNDS),
    ("theirs", THEIRS),
    ("paid_out", PAID_OUT),
    ("pairs", PAIRS),
    ("refunded", REFUNDED),
    ("found", PAYMENTS),
)
"""What is put together first, each from those before it."""
FINDINGS: tuple[LiteralString, ...] = (REFUNDS, UNKNOWN, UNKNOWN_PAYOUTS, VANISHED, STATUS, CHANGED)
"""What is found beside paid lines, and then which of all differs from the last run."""
