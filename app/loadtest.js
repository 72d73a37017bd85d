// k6 run --vus 1000 --duration 5m loadtest.js; without flags the scenario "ramp". scripts/load/load-test.js says what
// can be set: k6 run -e URL=https://chat.example.com -e JWT_SECRET=… loadtest.js
import { optionsOf } from "../scripts/load/load-scenarios.js";

export { default, handleSummary, setup } from "../scripts/load/load-test.js";
export const options = optionsOf("ramp", __ENV);
