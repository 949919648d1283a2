//! Rows as Stripe writes them: what they have beside `id`, `object`, `created` and `livemode`.

use serde_json::{Value, json};

pub(super) fn customer(name: &str) -> Value {
    json!({
        "address": null,
        "balance": 0,
        "currency": null,
        "delinquent": false,
        "description": null,
        "email": format!("{}@example.org", name.to_lowercase().replace(' ', ".")),
        "invoice_prefix": "LAB",
        "metadata": {"ref": name.len().to_string()},
        "name": name,
        "phone": null,
        "tax_exempt": "none",
    })
}

pub(super) fn charge(customer: &str, amount: i64) -> Value {
    json!({
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "balance_transaction": "txn_1",
        "captured": true,
        "currency": "eur",
        "customer": customer,
        "description": null,
        "failure_code": null,
        "metadata": {},
        "paid": true,
        "refunded": false,
        "status": "succeeded",
    })
}

pub(super) fn invoice(customer: &str) -> Value {
    json!({
        "amount_due": 0,
        "amount_paid": 0,
        "billing_reason": "manual",
        "currency": "eur",
        "customer": customer,
        "due_date": null,
        "metadata": {},
        "number": null,
        "status": "draft",
        "total": 0,
    })
}

pub(super) fn line(invoice: &str, amount: i64) -> Value {
    json!({
        "amount": amount,
        "currency": "eur",
        "description": "Consulting",
        "discountable": true,
        "invoice": invoice,
        "metadata": {},
        "period": {"start": 1_700_000_000, "end": 1_702_592_000},
        "proration": false,
        "quantity": 1,
        "type": "invoiceitem",
    })
}

pub(super) fn event(kind: &str, about: &Value) -> Value {
    json!({
        "api_version": "2024-06-20",
        "data": {"object": about},
        "pending_webhooks": 0,
        "request": {"id": null, "idempotency_key": null},
        "type": kind,
    })
}
