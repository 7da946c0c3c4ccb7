"""Pure rules of cost sharing and monthly settlement: splitting, wording, capitals, the forecast of a balance."""
