/** What the bundler provides: styles as text, and the name of the core's file for the loader. */
declare module "*.css?inline" {
  const text: string;
  export default text;
}
declare const __CORE_FILE__: string;
