import { createHash } from 'node:crypto';
import { DOMParser, type Document, type Element, XMLSerializer } from '@xmldom/xmldom';
import type { Label, StatedLabel } from './label.js';
import type { XmpExtension } from './metadata.js';

const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const iptc = 'http://iptc.org/std/Iptc4xmpExt/2008-02-29/';
const xmlns = 'http://www.w3.org/2000/xmlns/';
const xmp = 'http://ns.adobe.com/xap/1.0/';
const note = 'http://ns.adobe.com/xmp/note/';
const dublinCore = 'http://purl.org/dc/terms/';
const prefixes: Readonly<Record<string, string>> = { [iptc]: 'Iptc4xmpExt', [xmp]: 'xmp', [note]: 'xmpNote' };

const emptyPacket = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${rdf}"/></x:xmpmeta>`;

/** Many times what programs write. */
const maxTags = 10_000;
const maxNamespaces = 500;

/** A property with its value. `keeps`: one that the packet already has stays. */
type Property = readonly [namespace: string, name: string, value: string, keeps?: 'keeps'];

/** What a packet states; undefined if it cannot be parsed. */
export function readXmp(packet: string): StatedLabel | undefined {
  const descriptions = open(packet)?.descriptions;
  if (!descriptions) return undefined;
  const get = (namespace: string, name: string): string | undefined =>
    descriptions.map((description) => simpleValue(description, namespace, name)).find((value) => value);
  const manifest = get(dublinCore, 'provenance');
  return {
    digitalSourceType: get(iptc, 'DigitalSourceType'),
    system: get(iptc, 'AISystemUsed') ?? get(xmp, 'CreatorTool'),
    systemVersion: get(iptc, 'AISystemVersionUsed'),
    time: get(xmp, 'MetadataDate') ?? get(xmp, 'CreateDate'),
    remoteManifest: manifest !== undefined && /^https?:\/\//.test(manifest) ? manifest : undefined,
  };
}

/**
 * Writes packets that state only a label, for files without one. The returned function takes the label's time, milliseconds since
 * the epoch. Building a document for each file would take longer than all else that labels a small picture.
 */
export function createPacketWriter(label: Omit<Label, 'at'>): (at: number) => string {
  const parts = fresh(propertiesOf({ ...label, at: 0 })).split(timeOf(0));
  return (at) => parts.join(timeOf(at));
}

/**
 * A packet that states the label. Properties of `original` that contradict it are replaced, and all others kept; if it cannot be
 * parsed, the packet states only the label.
 */
export function writeXmp(original: string, label: Label): string {
  const properties = propertiesOf(label);
  const merged = merge(original, properties);
  // A merge that cannot be read back is worth nothing.
  if (merged !== undefined && readXmp(merged)?.digitalSourceType === label.digitalSourceType) return merged;
  return fresh(properties);
}

/**
 * A packet that states the label, and all other properties of `original` in an extension, for a format that limits packets.
 * @returns undefined if the original cannot be parsed, or has an extension already
 */
export function splitXmp(
  original: string,
  label: Label,
): { packet: string; extension: XmpExtension } | undefined {
  if (original.includes('HasExtendedXMP')) return undefined;
  const properties = propertiesOf(label);
  const { document, descriptions } = open(original) ?? {};
  if (!document?.documentElement || !descriptions) return undefined;
  const own = properties.filter(
    ([namespace, name, , keeps]) => !(keeps && descriptions.some((each) => has(each, namespace, name))),
  );
  for (const [namespace, name] of own) for (const each of descriptions) remove(each, namespace, name);
  const text = serialize(document.documentElement);
  if (text === undefined) return undefined;
  const guid = createHash('md5').update(text).digest('hex').toUpperCase();
  return { packet: fresh([...own, [note, 'HasExtendedXMP', guid]]), extension: { text, guid } };
}

function propertiesOf({ digitalSourceType, system: { name, version }, at }: Label): Property[] {
  const time = timeOf(at);
  return [
    [iptc, 'DigitalSourceType', digitalSourceType],
    [iptc, 'AISystemUsed', name],
    [iptc, 'AISystemVersionUsed', version],
    [xmp, 'MetadataDate', time],
    [xmp, 'CreateDate', time, 'keeps'],
    [xmp, 'CreatorTool', `${name} ${version}`, 'keeps'],
  ];
}

const timeOf = (at: number): string => `${new Date(at).toISOString().slice(0, -5)}Z`;

function fresh(properties: readonly Property[]): string {
  const packet = merge(emptyPacket, properties);
  if (packet === undefined) throw new Error('the label cannot be expressed in XMP');
  return packet;
}

function merge(packet: string, properties: readonly Property[]): string | undefined {
  const { document, root, descriptions } = open(packet) ?? {};
  if (!document?.documentElement || !descriptions || !root) return undefined;
  const own = document.createElementNS(rdf, 'rdf:Description');
  own.setAttributeNS(rdf, 'rdf:about', descriptions.map(aboutOf).find((about) => about) ?? '');
  // Declared here rather than by each property: some readers take a declaration on a property for a part of its value.
  for (const namespace of new Set(properties.map(([each]) => each)))
    own.setAttributeNS(xmlns, `xmlns:${prefixes[namespace]}`, namespace);
  for (const [namespace, name, value, keeps] of properties) {
    if (keeps && descriptions.some((each) => has(each, namespace, name))) continue;
    for (const description of descriptions) remove(description, namespace, name);
    const property = document.createElementNS(namespace, `${prefixes[namespace]}:${name}`);
    property.appendChild(document.createTextNode(value));
    own.appendChild(property);
  }
  for (const description of descriptions) if (isEmpty(description)) root.removeChild(description);
  root.appendChild(own);
  const text = serialize(document.documentElement);
  if (text === undefined) return undefined;
  return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>${text}<?xpacket end="w"?>`;
}

/** @returns undefined if it is nested too deeply */
function serialize(element: Element): string | undefined {
  try {
    return new XMLSerializer().serializeToString(element);
  } catch {
    return undefined;
  }
}

interface OpenPacket {
  document: Document;
  root: Element;
  /** The top-level descriptions. Nested ones belong to the values of properties. */
  descriptions: Element[];
}

/** @returns undefined if it cannot be parsed, or has no RDF */
function open(packet: string): OpenPacket | undefined {
  const document = parse(packet);
  const root = document?.getElementsByTagNameNS(rdf, 'RDF')[0];
  if (!document || !root) return undefined;
  return {
    document,
    root,
    descriptions: childrenOf(root).filter((each) => isNamed(each, rdf, 'Description')),
  };
}

function parse(packet: string): Document | undefined {
  // A document type could redefine what the text means. The limits bound how long parsing blocks the event loop.
  if (packet.includes('<!DOCTYPE') || count(packet, '<') > maxTags || count(packet, 'xmlns') > maxNamespaces)
    return undefined;
  const stopAtError = (level: string, message: string): void => {
    if (level !== 'warning') throw new Error(message);
  };
  try {
    const text = packet.replace(/^[\0\s\uFEFF]+|[\0\s]+$/g, '');
    return new DOMParser({ locator: false, onError: stopAtError }).parseFromString(text, 'text/xml');
  } catch {
    return undefined;
  }
}

function childrenOf(element: Element): Element[] {
  const children: Element[] = [];
  for (let node = element.firstChild; node; node = node.nextSibling)
    if (node.nodeType === node.ELEMENT_NODE) children.push(node as Element);
  return children;
}

const count = (text: string, part: string): number => text.split(part).length - 1;

const isNamed = (element: Element, namespace: string, name: string): boolean =>
  element.namespaceURI === namespace && element.localName === name;

/** Simple values only: an attribute, the text of an element, or the URL it refers to. */
function simpleValue(description: Element, namespace: string, name: string): string | undefined {
  if (description.hasAttributeNS(namespace, name))
    return description.getAttributeNS(namespace, name) ?? undefined;
  const property = childrenOf(description).find((child) => isNamed(child, namespace, name));
  return property && (property.getAttributeNS(rdf, 'resource') || property.textContent?.trim());
}

const has = (description: Element, namespace: string, name: string): boolean =>
  simpleValue(description, namespace, name) !== undefined;

function remove(description: Element, namespace: string, name: string): void {
  description.removeAttributeNS(namespace, name);
  for (const child of childrenOf(description))
    if (isNamed(child, namespace, name)) description.removeChild(child);
}

function isEmpty(description: Element): boolean {
  const attributes = Array.from(description.attributes);
  return (
    childrenOf(description).length === 0 &&
    attributes.every(({ namespaceURI, localName }) => namespaceURI === xmlns || localName === 'about')
  );
}

const aboutOf = (description: Element): string | null =>
  description.getAttributeNS(rdf, 'about') ?? description.getAttribute('about');
