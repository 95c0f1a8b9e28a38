//! What becomes of what an identity provider says about a person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::call::{Call, IfMatch, Json, Versioned};
use super::connections::{self, Changed};
use super::problem::Problem;
use super::schema::ProductName;
use super::settings::MappingRules;
use crate::base::id::ConnectionId;
use crate::flow::connection::show;
use crate::flow::connection::update::Update;

/// The rules of a connection; a field without a rule is mapped as the product usually has it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Mapping {
    product: ProductName,
    #[schemars(with = "MappingRules")]
    mapping: Map<String, Value>,
}

/// Rules in place of those that are there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct NewMapping(#[schemars(with = "MappingRules")] Map<String, Value>);

/// Those of a connection.
pub(super) async fn read(call: Call, (): ()) -> Result<Versioned<Mapping>, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    let detail = show::show(call.gateway(), &call.ctx, id).await?;
    let mapping = detail.settings.get("mapping").and_then(Value::as_object).cloned().unwrap_or_default();
    let told = Mapping { product: ProductName(detail.product), mapping };
    Ok(Versioned(told, detail.revision))
}

/// Replaces them.
pub(super) async fn replace(
    call: Call,
    (if_match, Json(new)): (IfMatch, Json<NewMapping>),
) -> Result<Versioned<Changed>, Problem> {
    let set = vec![("mapping".to_owned(), Value::Object(new.0).to_string())];
    let replaced = connections::change(&call, &if_match, Update { set, ..Update::default() }).await;
    // The body is the mapping itself.
    replaced.map_err(|problem| problem.moved("/settings/mapping", ""))
}
