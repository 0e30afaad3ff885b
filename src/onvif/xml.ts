import sax, { type SAXOptions } from 'sax';

/** Elements within elements. Answers of cameras have some ten. */
const MAX_DEPTH = 32;
const MAX_ELEMENTS = 10_000;

/**
 * An element by its name without prefix. Namespaces are not compared: cameras declare wrong and old ones, and what is asked for is
 * known by its place in the answer.
 */
export interface XmlElement {
  readonly name: string;
  /** By their names without prefixes. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

interface OpenElement extends XmlElement {
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** SOAP forbids them, and entities are declared in them. Comments and CDATA are the other things that begin so. */
const DECLARATION = /<!(?!--|\[CDATA\[)/;

/** Reads what a stranger sent. `undefined`: it is not well-formed, is larger than any camera's answer, or declares entities. Never throws. */
export function readXml(text: string): XmlElement | undefined {
  if (DECLARATION.test(text)) return undefined;
  try {
    return parsed(text);
  } catch {
    return undefined;
  }
}

/** Of entities the five of XML alone, which the types of the package do not know. */
const OPTIONS: SAXOptions & { readonly strictEntities: true } = { strictEntities: true };

/** @throws at anything that is not as expected; the parser goes on after errors that it only tells. */
function parsed(text: string): XmlElement | undefined {
  const parser = sax.parser(true, OPTIONS);
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  parser.onerror = (error) => {
    throw error;
  };
  parser.onopentag = ({ name, attributes }) => {
    elements += 1;
    if (open.length >= MAX_DEPTH || elements > MAX_ELEMENTS || root !== undefined)
      throw new RangeError('too many elements');
    const own = Object.entries(attributes).map(([key, value]) => [localName(key), String(value)] as const);
    const element: OpenElement = { name: localName(name), attributes: new Map(own), children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  };
  const take = (piece: string) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += piece;
  };
  parser.ontext = take;
  parser.oncdata = take;
  parser.onclosetag = () => {
    const closed = open.pop();
    if (open.length === 0) root = closed;
  };
  parser.write(text).close();
  return root;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** The first element at this way of names below `element`. */
export function elementAt(element: XmlElement | undefined, ...way: readonly string[]): XmlElement | undefined {
  return way.reduce<XmlElement | undefined>(
    (inner, name) => inner?.children.find((child) => child.name === name),
    element,
  );
}

/** Its text, without white space around it; empty: there is none. */
export function textAt(element: XmlElement | undefined, ...way: readonly string[]): string {
  return elementAt(element, ...way)?.text.trim() ?? '';
}

/** The children of that name. */
export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The first element of that name, wherever it is below `element`. */
export function firstWithin(element: XmlElement | undefined, name: string): XmlElement | undefined {
  for (const child of element?.children ?? []) {
    const found = child.name === name ? child : firstWithin(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** As text between tags, or in an attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
