/** Patient, because two browsers and two gateways may share two cores; a condition that holds is not waited for. */
import { expect as plain } from "@playwright/test";

export const expect = plain.configure({ timeout: 15_000 });
