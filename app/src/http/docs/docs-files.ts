/** What the API's page loads of swagger-ui-dist. */
export const docsFiles = ["swagger-ui-bundle.js", "swagger-ui.css"] as const;
