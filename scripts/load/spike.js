import { optionsOf } from "./load-scenarios.js";

export { default, handleSummary, setup } from "./load-test.js";
export const options = optionsOf("spike", __ENV);
